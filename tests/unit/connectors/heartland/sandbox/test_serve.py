import aiohttp
import pytest

from connectors.heartland.sandbox.app import SandboxSettings, serve


async def test_a_sandbox_serves_on_a_free_port_until_it_is_closed() -> None:
    settings = SandboxSettings()
    running = await serve(settings)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{running.url}/_sandbox/books") as response:
            assert (await response.json())["orders"] == {}
        await running.close()
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"{running.url}/_sandbox/books")

    assert (running.app_id, running.app_key) == (settings.app_id, settings.app_key)


async def test_a_taken_port_is_said() -> None:
    running = await serve(SandboxSettings())
    try:
        with pytest.raises(OSError, match="address already in use"):
            await serve(SandboxSettings(), port=int(running.url.rsplit(":", 1)[1]))
    finally:
        await running.close()
