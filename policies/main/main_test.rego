package verdict_test

import data.testing
import data.verdict
import data.verdict.profile
import future.keywords.not

# Every case states a profile and evidence, and which codes deny.
_denials(profile, more, evidence) := codes if {
	decision := verdict.decision with input as evidence with data.config as testing.config(profile, more)
	codes := testing.codes(decision.violations)
	_agrees(decision.allow, codes)
}

_agrees(true, set())

_agrees(false, codes) if count(codes) > 0

_sbom := testing.sbom("MIT")

_licences := {"licences": {"allow": [], "deny": ["AGPL-*"], "unknown": "deny"}}

_unsigned(rules) := {"required": rules, "unsigned": rules}

test_allows_what_is_required_and_there if {
	decision := verdict.decision with input as testing.evidence([_sbom]) with data.config as testing.config(_unsigned(["sbom.read"]), {})
	decision == {"allow": true, "violations": [], "warnings": [], "exceptions": [], "expires": ""}
}

test_denies_first[case] if {
	some case, c in {
		"no target": {"profile": _unsigned(["sbom.read"]), "more": {}, "evidence": testing.evidence_about([], [_sbom]), "code": "policy.targets"},
		"no such profile": {"profile": {}, "more": {"profile": "prod"}, "evidence": testing.evidence([_sbom]), "code": "policy.profile"},
		"a profile that requires nothing": {"profile": {}, "more": {}, "evidence": testing.evidence([_sbom]), "code": "policy.profile"},
		"a profile that only prohibits": {
			"profile": {"prohibited": ["evidence.failed"]}, "more": {},
			"evidence": testing.evidence([_sbom]), "code": "policy.profile",
		},
		"a required rule that does not exist": {
			"profile": _unsigned(["sbom.read", "sbom.reed"]), "more": {},
			"evidence": testing.evidence([_sbom]), "code": "policy.rule",
		},
		"a required rule that only prohibits": {
			"profile": _unsigned(["sbom.read", "licence.disallowed"]), "more": {},
			"evidence": testing.evidence([_sbom]), "code": "policy.rule",
		},
		"a prohibited rule that does not exist": {
			"profile": object.union(_unsigned(["sbom.read"]), {"prohibited": ["licence.disalowed"]}), "more": {},
			"evidence": testing.evidence([_sbom]), "code": "policy.rule",
		},
		"a prohibited rule that only requires": {
			"profile": object.union(_unsigned(["sbom.read"]), {"prohibited": ["sbom.present"]}), "more": {},
			"evidence": testing.evidence([_sbom]), "code": "policy.rule",
		},
		"a name without area": {
			"profile": _unsigned(["sbom.read", "sbom"]), "more": {},
			"evidence": testing.evidence([_sbom]), "code": "policy.rule",
		},
		"a name with too many parts": {
			"profile": _unsigned(["sbom.read", "sbom.read.met"]), "more": {},
			"evidence": testing.evidence([_sbom]), "code": "policy.rule",
		},
		"a prohibition without the requirement that makes it speak": {
			"profile": object.union(_unsigned(["sbom.present"]), {"prohibited": ["licence.disallowed"]}), "more": _licences,
			"evidence": testing.evidence([_sbom]), "code": "policy.rule",
		},
		"a threshold for a rule that is not required": {
			"profile": object.union(_unsigned(["sbom.read"]), {"thresholds": {"sbom.reed": 2}}), "more": {},
			"evidence": testing.evidence([_sbom]), "code": "policy.threshold",
		},
		"a threshold for a rule that needs no signer": {
			"profile": object.union(_unsigned(["sbom.read"]), {"thresholds": {"sbom.read": 2}}), "more": {},
			"evidence": testing.evidence([_sbom]), "code": "policy.threshold",
		},
	}
	_denials(c.profile, c.more, c.evidence) == {c.code}
}

test_says_that_nobody_may_speak if {
	decision := verdict.decision with input as testing.evidence([testing.approval([testing.key_signer("release", "sha256:k")])])
		with data.config as testing.config({"required": ["signature.present", "sbom.read"], "unsigned": ["sbom.read"]}, {})
	not decision.allow
	some fault in decision.violations
	fault.code == "policy.identities"
	fault.msg == concat("", [
		"The profile \"test\" requires what somebody signed (signature.present), ",
		"but nobody may speak: name signers under `identities`.",
	])
}

test_what_asks_who_signed_cannot_be_met_by_anybody[rule] if {
	some rule in ["present", "logged", "timestamped", "recent", "annotated", "vouched"]
	name := concat(".", ["signature", rule])
	signed := testing.approval([object.union(
		testing.key_signer("release", "sha256:k"),
		{"time": "2026-11-21T09:00:00.000Z", "timeSource": "transparency-log"},
	)])
	logged := object.union(signed, {"checks": {"transparency": {"outcome": "passed", "message": ""}}})
	codes := _denials(_unsigned([name]), {}, testing.evidence([logged]))
	codes["policy.unsigned"]
}

# Whoever asks OPA's way brings an input of his own: every demand that finds nothing to look at would be met.
test_denies_what_is_no_evidence[case] if {
	evidence := testing.evidence([_sbom])
	some case, wrong in object.union(
		{"nothing": null, "an empty object": {}, "a text": "evidence", "a list": [], "only a version": {"version": "1"}},
		{concat(" ", ["evidence without", key]): object.remove(evidence, [key]) |
			some key in ["version", "complete", "artifacts", "discovery", "documents", "subject", "context"]
		},
	)
	codes := _denials(_unsigned(["sbom.read"]), {}, wrong)
	codes["policy.input"]
}

test_decides_without_configuration if {
	decision := verdict.decision with input as testing.evidence([_sbom]) with data.config as {}
	not decision.allow
	testing.codes(decision.violations) == {"policy.config", "policy.profile"}
}

test_an_incomplete_configuration_denies[key] if {
	complete := testing.config(_unsigned(["sbom.read"]), {})
	some key in ["identities", "signature", "licences", "packages", "provenance", "vulnerability", "ignoredTypes", "exceptions"]
	decision := verdict.decision with input as testing.evidence([_sbom]) with data.config as object.remove(complete, [key])
	testing.codes(decision.violations) == {"policy.config"}
}

test_denies_what_is_required_and_missing if {
	_denials(_unsigned(["sbom.read", "provenance.present"]), {}, testing.evidence([_sbom])) == {"provenance.present"}
}

test_denies_for_every_target_that_lacks_it if {
	decision := verdict.decision with input as testing.evidence_about(["sha256:a", "sha256:b"], [object.union(
		_sbom,
		{"subject": "sha256:a", "subjects": ["sha256:a"]},
	)])
		with data.config as testing.config(_unsigned(["sbom.read"]), {})
	[finding.subject | some finding in decision.violations] == ["sha256:b"]
}

test_denies_what_is_prohibited if {
	decision := verdict.decision with input as testing.evidence([testing.sbom("AGPL-3.0-only")])
		with data.config as testing.config(object.union(_unsigned(["sbom.read"]), {"prohibited": ["licence.disallowed"]}), _licences)
	decision.violations == [{
		"code": "licence.disallowed",
		"msg": "The package libx 1.2 is under AGPL-3.0-only.",
		"severity": "high",
		"title": "No disallowed licence",
		"description": decision.violations[0].description,
		"solution": decision.violations[0].solution,
		"term": "libx",
		"effective_on": "",
		"collections": [],
		"subject": testing.subject,
		"evidence": [testing.digest(0)],
	}]
	startswith(decision.violations[0].description, "Every package")
	decision.violations[0].solution != ""
}

test_runs_only_what_is_listed if {
	_denials(_unsigned(["sbom.read"]), _licences, testing.evidence([testing.sbom("AGPL-3.0-only")])) == set()
}

test_a_failed_report_meets_nothing[case] if {
	some case, outcome in {"failed": "failed", "errored": "errored"}
	_denials(_unsigned(["sbom.present"]), {}, testing.evidence([object.union(_sbom, {"outcome": outcome})])) == {"sbom.present"}
}

test_expires_when_the_first_thing_it_rests_on_does if {
	scans := [testing.grype("2026-11-21T09:00:00Z", []), testing.grype("2026-11-21T08:00:00Z", [])]
	decision := verdict.decision with input as testing.evidence(scans)
		with data.config as testing.config(_unsigned(["vulnerability.recent"]), {})
	decision.allow
	decision.expires == "2026-11-22T08:00:00Z"
}

test_rules_of_the_user_run_beside_ours if {
	decision := verdict.decision with input as testing.evidence([_sbom])
		with data.config as testing.config(object.union(_unsigned(["sbom.read"]), {"prohibited": ["acme.strange"]}), {})
		with data.rules.acme.strange.deny as {"a plain message", {"msg": "its own message", "severity": "low"}, {"subject": testing.subject}, 8}
	{finding.msg | some finding in decision.violations} == {"a plain message", "its own message", "acme.strange"}
	testing.codes(decision.violations) == {"acme.strange"}
}

test_strange_metadata_hides_no_finding[case] if {
	some case, annotations in {
		"no title": {},
		"texts that are none": {"title": 7, "description": [], "custom": {"failure_msg": {"name": null}, "severity": 1}},
		"custom that is a text": {"custom": "high"},
	}
	about := [{"path": ["rules"], "annotations": object.union({"scope": "package"}, annotations)}]
	required := _denials(_unsigned(["acme.strange"]), {}, testing.evidence([]))
		with data.rules.acme.strange.met as set()
		with data.rules.acme.strange.about as about
	required == {"acme.strange"}
	prohibited := _denials(object.union(_unsigned(["sbom.read"]), {"prohibited": ["acme.strange"]}), {}, testing.evidence([_sbom]))
		with data.rules.acme.strange.deny as {{"term": "a"}}
		with data.rules.acme.strange.about as about
	prohibited == {"acme.strange"}
}

test_a_finding_that_got_lost_denies if {
	decision := verdict.decision with input as testing.evidence([])
		with data.config as testing.config(_unsigned(["sbom.read"]), {})
		with data.verdict.findings._judged as []
	not decision.allow
	testing.codes(decision.violations) == {"policy.undecided"}
}

test_elements_of_met_without_members_count_for_nothing if {
	_denials(_unsigned(["acme.strange"]), {}, testing.evidence([])) == {"policy.rule"}
	codes := _denials(_unsigned(["acme.strange"]), {}, testing.evidence([])) with data.rules.acme.strange.met as {{}, "text", {"signers": []}}
	codes == {"acme.strange"}
}

test_lists_no_more_findings_than_a_person_reads if {
	decision := verdict.decision with input as testing.evidence([_sbom])
		with data.rules.acme.strange.deny as {$"message {i}" | some i in numbers.range(1, 1003)}
		with data.config as testing.config(object.union(_unsigned(["sbom.read"]), {"prohibited": ["acme.strange"]}), {})
	not decision.allow
	count(decision.violations) == 1001
	decision.violations[1000].code == "policy.findings"
	decision.violations[1000].msg == "There are 3 more."
}

test_says_what_was_found_instead if {
	decision := verdict.decision with input as testing.evidence([testing.provenance("https://evil.example/builder", "r", "f", "c")])
		with data.config as testing.config(
			_unsigned(["provenance.builder"]),
			{"provenance": {"builders": ["https://github.com/acme/build"]}},
		)
	[violation.msg | some violation in decision.violations] == [concat(" ", [
		"No provenance that fits the lists of `provenance` comes from a configured builder.",
		"Found: https://evil.example/builder.",
	])]
}

_rules := {concat(".", [area, rule]) | some area, rule; data.rules[area][rule].about}

test_every_rule_explains_itself if {
	count(_rules) == 24
	every name in _rules {
		_explained(profile.about(split(name, ".")))
	}
}

_explained(about) if {
	about.custom.severity in {"critical", "high", "medium", "low"}
	every text in [about.title, about.description, about.custom.failure_msg, about.custom.solution] {
		count(text) > 5
	}
}
