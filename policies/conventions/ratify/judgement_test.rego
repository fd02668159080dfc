package conventions.ratify.judgement_test

import data.conventions.ratify.judgement
import data.conventions.ratify.testing
import rego.v1

_reports(verifiers, type) := reports if {
	artifact := testing.artifact("a", type, {})
	reports := judgement.reports(artifact, type) with input as testing.evidence([artifact])
		with data.config as testing.config("rego", verifiers)
}

_kinds := ["notation", "cosign", "sbom", "licensechecker", "vulnerabilityreport", "schemavalidator", "plugin"]

test_every_kind_reports_in_the_order_of_the_configuration if {
	reports := _reports([testing.verifier(kind, ["*"], {}) | some kind in _kinds], "application/spdx+json")
	[report.name | some report in reports] == [concat("-", ["verifier", kind]) | some kind in _kinds]
	every report in reports {
		report.isSuccess == false
		report.verifierName == report.name
		report.verifierType == report.type
		object.keys(report) & {"message", "extensions"} == {"message", "extensions"}
	}
}

test_only_verifiers_that_take_the_type[type] if {
	some type, names in {"application/x": ["x", "all"], "application/y": ["all"]}
	verifiers := [
		testing.verifier("plugin", ["application/z", "application/x"], {"name": "x"}),
		testing.verifier("plugin", ["*"], {"name": "all"}),
	]
	[report.name | some report in _reports(verifiers, type)] == names
}

test_a_kind_of_later_days_has_not_said_yes if {
	[report] := _reports([object.union(testing.verifier("plugin", ["*"], {}), {"kind": "slsa"})], "application/x")
	report.isSuccess == false
	report.errorReason == "The artifact could not be judged."
}

test_what_is_empty_is_left_out if {
	[report] := _reports([testing.verifier("notation", ["*"], {"type": ""})], "application/x")
	object.keys(report) == {"isSuccess", "message", "name", "verifierName", "extensions"}
	report.extensions == null
}

test_without_a_type_the_name_is_one[kind] if {
	some kind in array.slice(_kinds, 1, count(_kinds))
	[report] := _reports([testing.verifier(kind, ["*"], {"type": ""})], "application/x")
	report.type == concat("-", ["verifier", kind])
}

test_failed if judgement.failed({"isSuccess": false})
