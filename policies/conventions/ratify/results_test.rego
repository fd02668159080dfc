package conventions.ratify.results_test

import data.conventions.ratify.results
import data.conventions.ratify.testing

import future.keywords.not
import rego.v1

_answered(name, type, success, more) := testing.artifact(name, type, object.union(
	{
		"reports": [testing.report("extern", "present", {
			"type": "application/vnd.ratify.verifier-report+json",
			"read": true,
			"document": concat("", ["sha256:d", name]),
		})],
		"documents": {concat("", ["sha256:d", name]): {"isSuccess": success, "message": name}},
	},
	more,
))

_overall(artifacts, policies, verifiers) := overall if {
	overall := results.overall with input as testing.evidence(artifacts)
		with data.config as object.union(testing.config("config", verifiers), {"artifactPolicies": policies})
}

_plugin(more) := testing.verifier("plugin", ["*"], more)

_mixed := [_answered("a", "x", true, {}), _answered("b", "x", false, {}), _answered("c", "y", true, {})]

test_policies[case] if {
	some case, [artifacts, policies, passes] in {
		"all by default": [_mixed, {}, false],
		"all good": [[_mixed[0], _mixed[2]], {}, true],
		"any of that type": [_mixed, {"x": "any"}, true],
		"any by default": [_mixed, {"default": "any"}, true],
		"an empty default is all": [_mixed, {"default": ""}, false],
		"all of that type": [_mixed, {"default": "any", "x": "all"}, false],
		"any of a type that has none good": [[_mixed[1]], {"x": "any"}, false],
		"a type that is missing": [[_mixed[0]], {"z": "any"}, false],
		"a type that is missing, all of it": [[_mixed[0]], {"z": "all"}, false],
		"a policy that is none": [[_mixed[0]], {"x": "some"}, false],
		"a default that is none": [[_mixed[0]], {"default": "some"}, false],
		"an empty policy": [[_mixed[0]], {"x": ""}, false],
	}
	_overall(artifacts, policies, [_plugin({})]).isSuccess == passes
}

test_the_first_verifier_that_takes_it if {
	overall := _overall([_answered("a", "x", true, {})], {}, [
		_plugin({"artifactTypes": ["y"]}),
		testing.verifier("notation", ["x"], {"name": "first"}),
		_plugin({}),
	])
	[report.name | some report in overall.verifierReports] == ["first"]
	not overall.isSuccess
}

test_what_no_verifier_takes_counts_not if {
	overall := _overall(_mixed, {}, [_plugin({"artifactTypes": ["y"]})])
	overall.isSuccess
	count(overall.verifierReports) == 1
}

test_nothing if {
	_overall([], {}, [_plugin({})]) == {"isSuccess": false, "verifierReports": [{
		"subject": "registry.example/acme/app:1.4",
		"isSuccess": false,
		"message": "failed to verify artifact: registry.example/acme/app:1.4",
		"errorReason": "No verification results for the artifact registry.example/acme/app:1.4. Ensure verifiers are properly configured and that artifact metadata is attached",
	}]}
}

_nested(success) := [
	_answered("a", "x", true, {}),
	_answered("s", "sig", success, {"subject": "sha256:a", "depth": 2}),
]

_nesting := [_plugin({"artifactTypes": ["x"], "nestedReferences": ["sig"]}), _plugin({"artifactTypes": ["sig"]})]

test_nested_results if {
	[report] := _overall(_nested(true), {}, _nesting).verifierReports
	report.isSuccess
	report.message == "a"
	[nested] := report.nestedResults
	nested.subject == "registry.example/acme/app@sha256:a"
	nested.referenceDigest == "sha256:s"
	nested.isSuccess
}

test_a_nested_failure_is_the_artifacts if {
	overall := _overall(_nested(false), {}, _nesting)
	not overall.isSuccess
	[report] := overall.verifierReports
	report.isSuccess == false
	report.message == "nested verification failed"
}

test_nothing_nested_is_a_failure if {
	[report] := _overall([_answered("a", "x", true, {})], {}, _nesting).verifierReports
	report.isSuccess == false
	[nested] := report.nestedResults
	nested.message == "failed to verify artifact: registry.example/acme/app@sha256:a"
}

# The same policies hold at each level.
test_a_type_that_the_image_needs_its_evidence_needs_too if {
	overall := _overall(_nested(true), {"x": "any"}, _nesting)
	not overall.isSuccess
}

test_nested_only_where_it_is_asked_for[case] if {
	some case, verifiers in {
		"not asked": [_plugin({"artifactTypes": ["x"]}), _plugin({"artifactTypes": ["sig"]})],
		"notation never asks": [
			testing.verifier("notation", ["x"], {"nestedReferences": ["sig"]}),
			_plugin({"artifactTypes": ["sig"]}),
		],
	}
	[report] := _overall(_nested(false), {}, verifiers).verifierReports
	not report.nestedResults
	report.message != "nested verification failed"
}

test_levels if {
	artifacts := [_answered(format_int(depth, 10), "x", true, {"depth": depth, "subject": parent}) |
		some depth in numbers.range(1, 8)
		parent := {true: testing.subject, false: sprintf("sha256:%d", [depth - 1])}[depth == 1]
	]
	overall := _overall(artifacts, {}, [_plugin({})])
	overall.isSuccess

	# The innermost has nothing nested, and fails all above it.
	not _overall(artifacts, {}, [_plugin({"nestedReferences": ["x"]})]).isSuccess
}
