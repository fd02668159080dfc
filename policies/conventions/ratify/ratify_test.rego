package conventions.ratify_test

import data.conventions.ratify
import data.conventions.ratify.testing

import future.keywords.not
import rego.v1

_decision(evidence, config, policy) := decision if {
	decision := ratify.decision with input as evidence
		with data.config as config
		with data.ratify.policy as policy
}

_config := testing.config("rego", [testing.verifier("plugin", ["application/x"], {})])

_answered(name, said, more) := testing.artifact(name, "application/x", object.union(
	{
		"reports": [testing.report("extern", "present", {
			"type": "application/vnd.ratify.verifier-report+json",
			"read": true,
			"document": concat("", ["sha256:d", name]),
		})],
		"documents": {concat("", ["sha256:d", name]): said},
	},
	more,
))

_good := _answered("a", {"isSuccess": true, "message": "fine", "name": "plugin"}, {})

_bad := _answered("b", {"isSuccess": false, "message": "bad", "errorReason": "why"}, {})

_unjudged := testing.artifact("c", "application/y", {})

_codes(decision) := {violation.code | some violation in decision.violations}

test_allowed if {
	decision := _decision(testing.evidence([_good]), _config, {"valid": true})
	decision == {
		"allow": true,
		"violations": [],
		"warnings": [],
		"metadata": {"ratify": {
			"version": "1.1.0",
			"isSuccess": true,
			"verifierReports": [{
				"subject": "registry.example/acme/app:1.4",
				"referenceDigest": "sha256:a",
				"artifactType": "application/x",
				"verifierReports": [{
					"isSuccess": true,
					"message": "fine",
					"name": "plugin",
					"verifierName": "plugin",
					"type": "plugin",
					"verifierType": "plugin",
					"extensions": null,
				}],
				"nestedReports": [],
			}],
		}},
	}
}

test_nested_reports_at_any_depth if {
	artifacts := [testing.artifact(format_int(depth, 10), "application/y", {"depth": depth, "subject": parent}) |
		some depth in numbers.range(1, 8)
		parent := {true: testing.subject, false: sprintf("sha256:%d", [depth - 1])}[depth == 1]
	]
	decision := _decision(testing.evidence(artifacts), _config, {"valid": true})
	[[path, node]] := [[path, node] | walk(decision.metadata.ratify.verifierReports, [path, node]); node.referenceDigest == "sha256:8"]
	count(path) == 15
	node == {
		"subject": "registry.example/acme/app@sha256:7", "referenceDigest": "sha256:8", "artifactType": "application/y",
		"verifierReports": [], "nestedReports": [],
	}
}

test_nothing_good_is_told if {
	decision := _decision(testing.evidence([_unjudged]), _config, {"valid": true})
	decision.allow
	[warning.code | some warning in decision.warnings] == ["ratify.unverified"]
}

test_failed_reports_explain if {
	decision := _decision(testing.evidence([_good, _bad]), _config, {"valid": false})
	not decision.allow
	decision.metadata.ratify.isSuccess == false
	decision.warnings == []
	{
		"code": "ratify.report",
		"msg": "verifier-plugin of sha256:b (application/x): bad: why",
		"term": "verifier-plugin",
		"subject": testing.subject,
		"evidence": ["sha256:b"],
	} in decision.violations
}

test_unjudged_artifacts_explain if {
	decision := _decision(testing.evidence([_good, _unjudged]), _config, {"valid": false})
	[violation] := decision.violations
	violation.code == "ratify.unjudged"
	violation.evidence == ["sha256:c"]
}

test_unjudged_artifacts_are_no_reason_where_good_reports_would_do if {
	decision := ratify.decision with input as testing.evidence([_bad, _unjudged])
		with data.config as _config
	_codes(decision) == {"ratify.report"}
}

test_the_policy_itself[case] if {
	some case, [artifacts, msg] in {
		"with good reports": [[_good], "The policy said no."],
		"with nothing": [[], "The policy said no: nothing is attached that Ratify would list."],
	}
	decision := _decision(testing.evidence(artifacts), _config, {"valid": false})
	decision.violations == [{"code": "ratify.policy", "msg": msg}]
}

test_no_answer[case] if {
	some case, [policy, code] in {
		"undefined": [{}, "ratify.undefined"],
		"a text": [{"valid": "true"}, "ratify.not_boolean"],
		"a number": [{"valid": 1}, "ratify.not_boolean"],
		"an object": [{"valid": {}}, "ratify.not_boolean"],
		"null": [{"valid": null}, "ratify.not_boolean"],
	}
	decision := _decision(testing.evidence([_good]), _config, policy)
	not decision.allow
	decision.metadata.ratify.isSuccess == false
	_codes(decision) == {code}
}

test_incomplete[kind] if {
	some kind in ["rego", "config"]
	evidence := object.union(testing.evidence([_good]), {"discovery": [{
		"subject": testing.subject, "source": "referrers-api", "outcome": "failed",
		"limit": "", "error": {"message": "the registry is away"},
	}]})
	decision := _decision(evidence, object.union(_config, {"kind": kind}), {"valid": true})
	not decision.allow
	decision.metadata.ratify.isSuccess == false
	_codes(decision) == {"ratify.incomplete"}
}

test_no_configuration_allows_nothing if {
	decision := _decision(testing.evidence([_good]), {}, {"valid": true})
	not decision.allow
}

test_config if {
	config := object.union(_config, {"kind": "config"})
	decision := _decision(testing.evidence([_good, _unjudged]), config, {})
	decision.allow
	decision.metadata.ratify == {"version": "0.2.0", "isSuccess": true, "verifierReports": [{
		"subject": "registry.example/acme/app:1.4", "referenceDigest": "sha256:a", "artifactType": "application/x",
		"isSuccess": true, "message": "fine", "name": "plugin", "verifierName": "plugin", "type": "plugin", "verifierType": "plugin",
	}]}
}

test_config_explains[case] if {
	some case, [artifacts, policies, codes] in {
		"a failed report": [[_good, _bad], {}, {"ratify.report"}],
		"nothing": [[], {}, {"ratify.report"}],
		"nothing judged": [[_unjudged], {}, {"ratify.report"}],
		"a type that is missing": [[_good], {"application/y": "any"}, {"ratify.policy"}],
	}
	config := object.union(_config, {"kind": "config", "artifactPolicies": policies})
	decision := _decision(testing.evidence(artifacts), config, {})
	not decision.allow
	_codes(decision) == codes
}
