# The commands of the README. Everything that they need is installed by bin/lab, into this folder and the user's cache.
.PHONY: up status preview down test unit programs parts end-to-end lint schema requirements

PYTHON := bin/lab python
UNIT := $(PYTHON) -m pytest -q -n auto --dist worksteal -m "not lab"
# Two at a time: their hosts share the machine's inotify instances.
PARTS := $(PYTHON) -m pytest -q -n 2 --dist loadfile -m lab
END_TO_END := $(PYTHON) -m pytest -v --durations 15

up status preview down:
	bin/lab $@

# Every test of the project, the end-to-end run included.
test: unit parts end-to-end

unit:
	$(UNIT) tests
	go -C lab/distribution/k3s test ./...
	go -C lab/internet/edge test ./...

# What a lab needs, built where the cache has none of it: `make up` does so by itself, single tests should not have to.
programs:
	$(PYTHON) -m lab.distribution engine tailnet edge k3s images ingress storage > /dev/null

# The lab's parts and steps on hosts, each by itself.
parts: programs
	$(PARTS) tests --ignore tests/end_to_end

# The second one: the stack to be copied for one's own clouds, its file untouched.
end-to-end:
	$(END_TO_END) tests/end_to_end
	$(END_TO_END) tests/end_to_end/test_cluster.py tests/end_to_end/test_front_door.py --stack dev

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	test -z "$$(gofmt -l lab | tee /dev/stderr)"
	go -C lab/distribution/k3s vet ./...
	go -C lab/internet/edge vet ./...
	git ls-files -z '*.sh' bin .ci ':!tests/**/fixtures/*' | xargs -0 .venv/bin/shellcheck
	$$($(PYTHON) -m lab.distribution checks | cut -f 2) -shellcheck .venv/bin/shellcheck

# After a change of components/settings: what editors and the documentation know of it.
schema:
	$(PYTHON) -m components.settings.schema > settings.schema.json
	$(PYTHON) -m components.settings.reference > docs/settings.md

# After a change of requirements.in.
requirements:
	$(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate requirements.in -o requirements.txt
