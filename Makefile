# Everything is set up here: `make demo` and `make test` need python3 (3.11 or later), python3-venv, git and make.
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-all test-browser site release pictures test-mediawiki test-sssom lowest lint bench lock clean

$(READY): pyproject.toml requirements/dev.txt
	python3 -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements/dev.txt --editable '.[dev]'
	touch $(READY)

demo: $(READY)  ## play a story on a copy of the sample repository
	$(BIN)/gitdraft demo $(DIR)

test: $(READY)  ## six to eight minutes on two cores: all tests but the long ones
	$(BIN)/pytest -n auto -m "not long"

test-all: $(READY)  ## all tests: kill points, concurrent writers, state machines, sweeps too
	$(BIN)/pytest -n auto

test-browser: $(READY)  ## the pages in Chromium; installs Debian's chromium (as root) and axe-core by npm where they are missing
	tests/browser/prepare.sh
	$(BIN)/pytest -n 0 tests/browser

site: $(READY)  ## the site of docs/ in build/site: every link is checked, nothing is fetched from elsewhere
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

release:  ## dist/: wheel and sdist, the same bytes twice, checked; their bill of materials; what changed in the formats
	python3 -m venv $(VENV)-release
	$(VENV)-release/bin/pip install --quiet --disable-pip-version-check build twine cyclonedx-bom
	ci/release.sh

pictures: $(READY)  ## the pictures of docs/img: pages of docs/ typed in a terminal, the tutorials' stories played in Chromium
	PYTHONPATH=tests:. $(BIN)/python tests/terminal_story.py docs/img
	tests/browser/prepare.sh
	PYTHONPATH=tests:. $(BIN)/python tests/browser_story.py docs/img
	PYTHONPATH=tests:. $(BIN)/python tests/forge_story.py docs/img

test-mediawiki: $(READY)  ## the extension of examples/mediawiki on a real wiki (Debian; installs MediaWiki)
	$(BIN)/python tests/mediawiki_push.py

test-sssom: $(READY)  ## mappings, judged by SSSOM's own program, which has a hundred packages: in an environment of its own
	python3 -m venv $(VENV)-sssom
	$(VENV)-sssom/bin/pip install --quiet --disable-pip-version-check sssom
	PATH="$$PATH:$(CURDIR)/$(VENV)-sssom/bin" $(BIN)/pytest -n 0 tests/rdf/test_rdf_sssom.py

lowest: $(READY)  ## the tests on Python 3.11 with the lowest versions that pyproject.toml allows
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	rm -rf $(VENV)-lowest
	$(BIN)/uv venv --quiet --python 3.11 $(VENV)-lowest
	VIRTUAL_ENV=$(VENV)-lowest $(BIN)/uv pip install --quiet --resolution lowest-direct --editable '.[dev]'
	$(VENV)-lowest/bin/pytest -n auto -m "not long"

lint: $(READY)  ## style, strict types, the contract of the floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## measure against git and peers
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m benchmarks

lock: $(READY)  ## the versions that development and CI install, as they are now
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --extra dev --upgrade pyproject.toml -o requirements/dev.txt

clean:
	rm -rf $(VENV) $(VENV)-lowest $(VENV)-sssom $(VENV)-release build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
