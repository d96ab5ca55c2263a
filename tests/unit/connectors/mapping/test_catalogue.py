"""Catalogues of M3's shape and of a JSON API's."""

import json
from pathlib import Path

from connectors.mapping.catalogue import Catalogue, TargetField


def written(folder: Path, document: object) -> Path:
    path = folder / "catalogue.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_m3s_transactions_are_flat(tmp_path: Path) -> None:
    head = {"name": "CUNO", "length": 10, "type": "string", "mandatory": True}
    path = written(tmp_path, {"OIS100MI": {"transactions": {"AddBatchHead": {"in": [head]}}}})
    target = Catalogue.load(path).target("OIS100MI/AddBatchHead")
    assert target is not None
    assert target.flat
    assert target.fields["CUNO"] == TargetField("CUNO", "string", 10, mandatory=True)


def test_a_json_apis_targets_nest(tmp_path: Path) -> None:
    mode = {"name": "mode", "type": "string", "shortest": 2, "values": ["AUTO"]}
    body = {"in": [mode], "one_of": [["mode", "id"]]}
    target = Catalogue.load(written(tmp_path, {"targets": {"POST /t": body}})).target("POST /t")
    assert target is not None
    assert not target.flat
    assert target.one_of == (frozenset({"mode", "id"}),)
    assert target.fields["mode"].values == frozenset({"AUTO"})


def test_an_unknown_target_is_none() -> None:
    assert Catalogue().target("OIS100MI/AddHead") is None
