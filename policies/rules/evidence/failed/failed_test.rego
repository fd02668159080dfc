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

test_lets_pass_what_did_not[case] if {
	some case, outcome in {"verified": "verified", "present": "present", "errored": "errored"}
	count(failed.deny) == 0 with input as testing.evidence([object.union(testing.sbom("MIT"), {"outcome": outcome})])
}
