# `make` without a target lists the targets.
.DEFAULT_GOAL := help

FLOWDECK := bin/flowdeck
SOURCES := go.mod go.sum $(shell find . -name '*.go' -not -path './.git/*') $(shell find cmd/flowdeck/init cmd/flowdeck/new docs schemas -type f -not -path '*/.flowdeck/*')

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: $(FLOWDECK) ## build bin/flowdeck

$(FLOWDECK): $(SOURCES)
	CGO_ENABLED=0 go build -o $@ ./cmd/flowdeck

.PHONY: demo
demo: build ## run the main job on a fresh simulated org: no account needed
	@echo 'flowdeck is built. The demo suspends the members of Contractors who have not signed in for 90 days, on a'
	@echo 'simulated org. The org keeps the changes of earlier runs, so it is reset first:'
	@echo
	@echo '$$ $(FLOWDECK) org reset okta -C flows'
	@$(FLOWDECK) org reset okta -C flows
	@echo '$$ $(FLOWDECK) run -C flows suspend-idle-members --input group=Contractors'
	@$(FLOWDECK) run -C flows suspend-idle-members --input group=Contractors
	@echo
	@echo 'What happened: flows/suspend-idle-members.yaml looked the group up and streamed its members, 16 at a'
	@echo 'time, to the helper flows/suspend-if-idle.yaml, which skipped users who are not active or signed in recently'
	@echo 'and suspended the others. No real org was changed.'
	@echo
	@echo 'What to try next:'
	@echo '  the same run again: the org keeps its changes, so the run changes nothing'
	@echo '    $(FLOWDECK) run -C flows suspend-idle-members --input group=Contractors'
	@echo '  a dry run with another limit, which changes nothing:'
	@echo '    $(FLOWDECK) run -C flows suspend-idle-members --input group=Contractors --input days=30 --dry-run'
	@echo '  the flow explained: README.md'

# The SCIM server that tests run besides the simulated one. Where npm is, `make test` installs it; without it, these tests are skipped.
SCIM_SERVER := cards/scim/scimmy/testdata

.PHONY: scim-server
scim-server: $(SCIM_SERVER)/node_modules/.package-lock.json ## install the SCIM server of the tests (needs Node 18 and npm)

$(SCIM_SERVER)/node_modules/.package-lock.json: $(SCIM_SERVER)/package.json $(SCIM_SERVER)/package-lock.json
	cd $(SCIM_SERVER) && npm ci
	@touch $@

.PHONY: test
test: build ## run the tests of the shipped flows, and all others
	@if command -v npm >/dev/null 2>&1; then $(MAKE) scim-server || echo 'the SCIM server was not installed: its tests are skipped'; fi
	$(FLOWDECK) test flows
	CGO_ENABLED=0 go test -parallel 4 -timeout 20m ./...
	CGO_ENABLED=0 go -C tools test ./...

# Temporal's dev server. It takes minutes to build. Later versions cannot be installed: they replace modules.
TEMPORAL := bin/temporal

$(TEMPORAL):
	GOBIN=$(CURDIR)/bin go install github.com/temporalio/cli/cmd/temporal@v1.5.1

.PHONY: temporal-test
temporal-test: build $(if $(TEMPORAL_ADDRESS),,$(TEMPORAL)) ## run the tests of engine/temporal, and of the commands, on a server: of TEMPORAL_ADDRESS, or a dev server, whose database is searched for secrets
	engine/temporal/testdata/on-server.sh cmd/flowdeck/testdata/on-temporal.sh
	engine/temporal/testdata/on-server.sh sh -c ' \
	  go test -count=1 -timeout 30m -parallel 8 ./engine/temporal && \
	  go test -count=1 -timeout 10m -run DatabaseOfTemporal ./cmd/flowdeck'

.PHONY: temporal-demo
temporal-demo: build $(if $(TEMPORAL_ADDRESS),,$(TEMPORAL)) ## run the demo on Temporal with 2 workers and MEMBERS members (default 10,000), and kill a worker KILLS times (default 1)
	go run ./bench/temporal -members $(or $(MEMBERS),10000) -kills $(or $(KILLS),1) $(if $(DB),-db $(DB)) $(FLOWDECK) $(TEMPORAL)

.PHONY: bench-temporal
bench-temporal: build $(if $(TEMPORAL_ADDRESS),,$(TEMPORAL)) ## compare flowdeck on Temporal with flowdeck alone and with activities written by hand
	CGO_ENABLED=0 go build -o bin ./bench/handwritten ./bench/throughput
	CGO_ENABLED=0 go -C bench/durable build -o ../../bin/durable .
	engine/temporal/testdata/on-server.sh bench/temporal/compare.sh

.PHONY: torture
torture: ## kill flowdeck 1,000 times at random, and resume its runs
	CGO_ENABLED=0 TORTURE_KILLS=$(or $(KILLS),1000) go test -count=1 -timeout 60m -run Random -v ./bench/torture

.PHONY: events
events: ## deliver EVENTS events (default 10,000) to a server that is killed KILLS times (default 10): one run each
	CGO_ENABLED=0 TORTURE_EVENTS=$(or $(EVENTS),10000) TORTURE_EVENT_KILLS=$(or $(KILLS),10) go test -count=1 -timeout 60m -run T14Events -v ./bench/torture

.PHONY: provision
provision: ## provision PEOPLE people (default 50,000) to a target that takes LIMIT requests a second (default 1,500), killed KILLS times (default 5)
	CGO_ENABLED=0 TORTURE_PEOPLE=$(or $(PEOPLE),50000) TORTURE_LIMIT=$(or $(LIMIT),1500) TORTURE_PROVISION_KILLS=$(or $(KILLS),5) \
	  go test -count=1 -timeout 60m -run Provisioned -v ./bench/torture

.PHONY: copy
copy: ## copy a simulated org of USERS users (default 50,000), and compare the dump of its copy
	CGO_ENABLED=0 COPY_USERS=$(or $(USERS),50000) go test -count=1 -run TheDumpOfTheOrg -v ./cards/okta/orgcopy

.PHONY: race
race: ## run the tests in which much happens at the same time with the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -short -timeout 20m -skip '^($(LONG))$$' $$(go list ./... | grep -vE '/($(SEQUENTIAL))$$')

# The packages, for grep, that have no goroutines of their own, or whose tests run other processes, or one coroutine at a time, as workflow code does.
SEQUENTIAL = bench/torture|cards/cardstest|cards/okta/oktaspec|cards/scim|engine/check|engine/enginetest|engine/expr|engine/flow|engine/flow/flowtest|engine/schedule|engine/temporal

# The tests of other packages that take long with the race detector, and in which one thing happens after the other.
LONG = $(subst $(SPACE),|,$(strip \
  TestAFetchedRunIsLikeOneThatRanHere \
  TestAChangeOfAnyColumnIsFound \
  TestAFullDiskLeavesTheRowsAsTheyWere \
  TestAPageOfGroupsHasTenThousand \
  TestARecordTakesTheSameNumberOfBytesInStreamsOfAnyLength \
  TestARunHeldToItsPlanLeavesAloneWhatChangesInBetween \
  TestARunMakesNothingThatItsPlanDoesNotShow \
  TestASecretIsFoundAnywhereInALongText \
  TestASecretIsHiddenInNestedForms \
  TestATurnFromItsDataIsThatOfTheRun \
  TestAnAnswerIsBoundedByTheMemoryOfItsValues \
  TestBadAnswersNeverMakeAListLookComplete \
  TestCertainResultsOfADryRunHoldForEveryRealRun \
  TestCommandsAndFlowsOfGuidesWork \
  TestEveryWriteThatAKilledProcessMadeIsKept \
  TestExamplesOfCommandsParse \
  TestExceededBudgetsAreErrors \
  TestGroupsArePushedAsADryRunLists \
  TestKindsOfFlowsInOktaWorkflowsRun \
  TestLinksOfGuidesResolve \
  TestNoProblemOfAConnectionShowsASecretThatIsWrittenThere \
  TestPatternsFindInALongTextWhatRegexpFinds \
  TestPeopleAreProvisionedAsADryRunLists \
  TestRightExamplesHaveNoProblems \
  TestT21RunIDsHave128RandomBits \
  TestT2EveryRouteRefusesForeignHosts \
  TestT5HostileRequestsLeaveNothing \
  TestTenThousandEventsAreShuffledAndAFifthOfThemDuplicated \
  TestTheErrorsOfTheListedStepsHaveALimitedSize \
  TestTheKeysOfRecordsHaveALimitedSize \
  TestThePlanOfEachShippedFlowIsWhatItsRunChanges \
  TestTheResultsOfStartedRunsHaveALimitedSize \
  TestTheStateBeforeACallIsStoredOnce \
  TestTheSumsOfPartsAreTheCountsOfTheWhole \
  TestTheUndoAndTheRetryOfAFetchedRunAreThoseOfOneThatRanHere \
  TestTheUndoOfEachShippedFlowRestoresAllButWhatItsPlanAnnounces \
  TestWorkOnALargeObjectIsCanceledInTheMidst \
  TestWorkOnLargeValuesIsCounted \
  TestWrongExamplesHaveTheirCodeOnly))
EMPTY :=
SPACE := $(EMPTY) $(EMPTY)

.PHONY: fuzz
fuzz: ## fuzz every target for FUZZTIME (default 10s) each
	@set -e; for package in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "$$package $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(or $(FUZZTIME),10s) $$package; \
	  done; done

.PHONY: bench
bench: build ## run the benchmarks: checking, steps, expressions, memory, tables, throughput, journal
	go test -run '^$$' -bench . -benchmem ./engine/... ./cards/okta/oktasim ./cards/scim/scimsim ./cards/pace
	bench/memory/run.sh $(FLOWDECK)
	bench/tables/run.sh $(FLOWDECK)
	$(MAKE) bench-throughput
	go run ./bench/steps $(FLOWDECK)
	$(MAKE) bench-burst

.PHONY: bench-burst
bench-burst: build ## send a burst of webhooks to a server
	go run ./bench/burst -requests 1000 $(FLOWDECK)
	go run ./bench/burst -requests 10000 $(FLOWDECK)

.PHONY: bench-throughput
bench-throughput: build ## compare the throughput of flowdeck with a program written by hand
	CGO_ENABLED=0 go build -o bin/handwritten ./bench/handwritten
	go run ./bench/throughput $(FLOWDECK) bin/handwritten

.PHONY: bench-durable
bench-durable: build ## compare flowdeck with go-workflows and DBOS: throughput, and the cost of a step
	CGO_ENABLED=0 go build -o bin ./bench/handwritten ./bench/throughput ./bench/steps
	CGO_ENABLED=0 go -C bench/durable vet .
	CGO_ENABLED=0 go -C bench/durable build -o ../../bin/durable .
	bench/durable/run.sh

.PHONY: lint
lint: ## vet, staticcheck and formatting
	go vet ./...
	go -C tools vet ./...
	go tool -modfile=tools/go.mod staticcheck ./...
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted (gofmt -w):"; echo "$$unformatted"; exit 1; fi

.PHONY: generate
generate: ## generate Okta's operations, schemas/, and the generated parts of docs/
	go -C tools run ./operations
	UPDATE=1 go test -count=1 . -run TestSchemasAreFresh
	UPDATE=1 go test -count=1 ./engine/expr -run TestExpressionsDoc
	UPDATE=1 go test -count=1 ./cmd/flowdeck -run 'TestCardsDoc|TestConnectorsDoc'
	UPDATE=1 go test -count=1 ./cmd/flowdeck -run TestCommandLineDocIsFresh

.PHONY: golden
golden: generate ## rewrite the expected output in tests: problems, scripts, and all generated files
	UPDATE=1 go test -count=1 $$(grep -rl --include='*_test.go' 'Getenv("UPDATE")' . | xargs -n1 dirname | sort -u)

.PHONY: share
share: build ## make the man pages, completions and licenses of a release, in bin/share
	@rm -rf bin/share && mkdir -p bin/share/completions
	$(FLOWDECK) man bin/share/man/man1
	$(FLOWDECK) completion bash > bin/share/completions/flowdeck.bash
	$(FLOWDECK) completion zsh > bin/share/completions/_flowdeck
	$(FLOWDECK) completion fish > bin/share/completions/flowdeck.fish
	$(FLOWDECK) completion powershell > bin/share/completions/flowdeck.ps1
	go -C tools run ./licenses > bin/share/THIRD_PARTY_LICENSES

.PHONY: dist
dist: share ## make the archives of a release, in dist/: static binaries for Linux, macOS and Windows
	go -C tools run ./dist

.PHONY: verify
verify: lint ## lint, and check that go.mod is tidy
	go mod tidy -diff
	go mod verify
