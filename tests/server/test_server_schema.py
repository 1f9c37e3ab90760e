"""The OpenAPI document holds: generated requests get no 5xx and no answer outside its schema.

A short run; `python tests/service_schema.py` is the long one.
"""

from __future__ import annotations

from typing import Any

import pytest
from service_schema import generated_cases, prepare, schemathesis


@pytest.mark.long
def test_generated_requests_get_answers_of_the_document(sandbox: Any, serving: Any) -> None:
    prepare(sandbox)
    service = serving()
    run = schemathesis(
        service.url, service.token("maintainer", "Ann"), examples=1, seed=1, phases=("fuzzing",)
    )
    assert run.returncode == 0, run.stdout
    assert generated_cases(run.stdout) >= 40
    assert not [record for record in service.log if record["status"] >= 500]
