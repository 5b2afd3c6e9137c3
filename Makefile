# The commands of the README. bin/lab installs everything that they need, into this folder and the user's cache.
.PHONY: help up status preview down test unit programs parts end-to-end stacks upgrade drills lint schema requirements sbom
.DEFAULT_GOAL := help

PYTHON := bin/lab python
UNIT := $(PYTHON) -m pytest -q -n auto --dist worksteal -m "not lab"
# Two at a time: their hosts share the machine's inotify instances.
PARTS := $(PYTHON) -m pytest -q -n 2 --dist loadfile -m lab
END_TO_END := $(PYTHON) -m pytest -v --durations 15

help: ## show this list
	@sed -nE 's/^([a-z-]+( [a-z-]+)*):[^#]*## (.*)/\1\t\3/p' $(MAKEFILE_LIST) | \
	  awk -F '\t' '{ printf "make %-28s %s\n", $$1, $$2 }'

up status preview down: ## bring the lab up, show it, show what `up` would change, remove it
	bin/lab $@

test: unit parts end-to-end ## the tests that CI runs: about an hour

unit: ## tests that need no lab: a minute or two
	$(UNIT) tests
	go -C lab/distribution/k3s test ./...
	go -C lab/internet/edge test ./...

# `make up` does so by itself; single tests should not have to.
programs: ## build what a lab needs, where the cache has none of it
	$(PYTHON) -m lab.distribution engine tailnet edge k3s images ingress storage > /dev/null

parts: programs ## tests of the lab's parts and of steps on single hosts
	$(PARTS) tests --ignore tests/end_to_end --ignore tests/upgrade

end-to-end: ## tests of a whole cluster, as a user drives it
	$(END_TO_END) tests/end_to_end --ignore tests/end_to_end/test_a_year_on.py --ignore tests/end_to_end/test_etcd.py \
	  --ignore tests/end_to_end/test_backup.py

# Not a part of `test`, which would take more than an hour with them. In the first one the file of the stack is the one to
# copy for one's own clouds, in the second one all hosts are Ubuntu, the third one has etcd.
stacks: ## tests of more clusters: of other stacks, machines that go and come again, a year without an `up`
	$(END_TO_END) tests/end_to_end/test_cluster.py tests/end_to_end/test_front_door.py --stack dev
	$(END_TO_END) tests/end_to_end/test_loss.py -k outage_of_all --stack ubuntu
	$(END_TO_END) tests/end_to_end/test_cluster.py tests/end_to_end/test_etcd.py tests/end_to_end/test_loss.py \
	  tests/end_to_end/test_pods_reach.py tests/end_to_end/test_most_members_lost.py --stack etcd
	$(END_TO_END) tests/end_to_end/test_machine_again.py tests/end_to_end/test_most_members_lost.py --stack again
	$(END_TO_END) tests/end_to_end/test_backup.py --stack backup
	$(END_TO_END) tests/end_to_end/test_backup.py --stack backup-etcd
	$(END_TO_END) tests/end_to_end/test_cluster.py tests/end_to_end/test_sqlite.py --stack sqlite
	$(END_TO_END) tests/end_to_end/test_a_year_on.py

# Not a part of `test` either: it builds the older version's programs as well.
upgrade: ## update a stack of an older version, under a visitor's eyes
	$(END_TO_END) tests/upgrade

# For a lab of another name or stack: bin/lab python -m drills --help
drills: ## machines and programs of the lab fail, one after another, while somebody writes; half an hour
	$(PYTHON) -m drills

lint: ## style, types, shell scripts, workflows
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	test -z "$$(gofmt -l lab | tee /dev/stderr)"
	go -C lab/distribution/k3s vet ./...
	go -C lab/internet/edge vet ./...
	git ls-files -z '*.sh' bin .ci .github/scripts ':!tests/**/fixtures/*' | xargs -0 .venv/bin/shellcheck
	$$($(PYTHON) -m lab.distribution checks | cut -f 2) -shellcheck .venv/bin/shellcheck
	.venv/bin/zizmor --offline --quiet .github

schema: ## after a change of settings: write what editors and docs/settings.md know of them
	$(PYTHON) -m components.settings.schema > settings.schema.json
	$(PYTHON) -m components.settings.reference > docs/settings.md

PIN := $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url --no-annotate
requirements: ## after a change of a requirements.in: pin every package with its hashes
	$(PIN) requirements.in -o requirements.txt
	$(PIN) policies/requirements.in -c requirements.txt -o policies/requirements.txt

sbom: ## print what the program is made of and installs (CycloneDX); STACK=Pulumi.NAME.yaml: of one stack
	@$(PYTHON) -m materials $(STACK)
