package rules.evidence.incomplete_test

import data.rules.evidence.incomplete
import data.testing
import future.keywords.not

test_denies_what_is_not_complete[case] if {
	some case, gaps in {
		"a source that failed": [{"subject": testing.subject, "source": "referrers-api", "outcome": "failed", "types": []}],
		"a source that was cut off": [{"subject": testing.subject, "source": "cosign-tag", "outcome": "truncated", "types": []}],
		"no reason at all": [],
	}
	count(incomplete.deny) > 0 with input as object.union(testing.evidence([]), {"complete": false, "discovery": gaps})
}

test_names_the_report_that_could_not_be_had if {
	terms := {finding.term | some finding in incomplete.deny} with input as object.union(
		testing.evidence([object.union(testing.sbom("MIT"), {"outcome": "errored"})]),
		{"complete": false},
	)
	terms["as the test says"]
}

test_lets_pass_what_is_complete if {
	count(incomplete.deny) == 0 with input as object.union(
		testing.evidence([]),
		{"discovery": [{"subject": testing.subject, "source": "cosign-tag", "outcome": "unsupported", "types": []}]},
	)
}
