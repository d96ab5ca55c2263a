"""The catalogue of all connectors."""

from connectors.heartland.connector import CONNECTOR as HEARTLAND
from connectors.m3.connector import CONNECTOR as M3
from connectors.woocommerce.connector import CONNECTOR as WOOCOMMERCE
from streams.core.connector import Connector

CONNECTORS: tuple[Connector, ...] = (M3, HEARTLAND, WOOCOMMERCE)
