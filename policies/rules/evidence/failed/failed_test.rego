package rules.evidence.failed_test

import data.rules.evidence.failed
import data.testing
import future.keywords.not

test_denies_what_failed if {
	{finding.term | some finding in failed.deny} == {testing.digest(1)} with input as testing.evidence([
		testing.sbom("MIT"),
		object.union(testing.sbom("MIT"), {"outcome": "failed"}),
	])
}

test_names_the_checks_that_failed[case] if {
	some case, c in {
		"none": [{}, "untold"],
		"some": [{"chain": {"outcome": "failed"}, "digest": {"outcome": "passed"}, "signature": {"outcome": "failed"}}, "chain, signature"],
	}
	{finding.arguments.checks | some finding in failed.deny} == {c[1]} with input as testing.evidence([object.union(
		testing.approval([]),
		{"outcome": "failed", "checks": c[0]},
	)])
}

test_lets_pass_what_did_not[case] if {
	some case, outcome in {"verified": "verified", "present": "present", "errored": "errored"}
	count(failed.deny) == 0 with input as testing.evidence([object.union(testing.sbom("MIT"), {"outcome": outcome})])
}
