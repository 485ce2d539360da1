"""Models of the hub that cannot be had, in one line."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from anybokeh.errors import InputError
from anybokeh.storage.hub import model_folder

errors = pytest.importorskip("huggingface_hub.errors")
KINDS = {
    "GatedRepoError": "agree at https://huggingface.co/owner/name",
    "RepositoryNotFoundError": "the hub has no such model",
    "RevisionNotFoundError": "no such revision",
    "LocalEntryNotFoundError": "not in the local cache",
    "HFValidationError": "no hub id",
    "ConnectionError": r"the hub cannot be reached \(ConnectionError\)",
}


@pytest.mark.parametrize("kind", KINDS)
def test_why_a_model_cannot_be_had(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    error = ConnectionError if kind == "ConnectionError" else getattr(errors, kind)
    raised = error.__new__(error)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", Mock(side_effect=raised))
    with pytest.raises(InputError, match=f"^owner/name@v1: there is no such folder, and .*{KINDS[kind]}"):
        model_folder("owner/name@v1")
