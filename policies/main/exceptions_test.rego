package verdict.exceptions_test

import data.testing
import data.verdict
import future.keywords.not

_exception := {
	"code": "licence.disallowed", "term": "libx", "subject": "", "until": "2027-01-01T00:00:00Z",
	"reason": "replaced in the next release", "reference": "https://registry.example/decisions/7",
}

_decision(evidence, exceptions) := decision if {
	decision := verdict.decision with input as evidence
		with data.config as testing.config(
			{"required": ["sbom.read"], "unsigned": ["sbom.read"], "prohibited": ["licence.disallowed"]},
			{"licences": {"allow": [], "deny": ["AGPL-*"]}, "exceptions": exceptions},
		)
}

_evidence := testing.evidence([testing.sbom("AGPL-3.0-only")])

test_waives_and_lists[case] if {
	some case, exception in {
		"a finding about a term": _exception,
		"every term of a code": object.union(_exception, {"term": ""}),
		"a finding about a subject": object.union(_exception, {"subject": testing.subject}),
	}
	decision := _decision(_evidence, [exception])
	decision.allow
	some waived in decision.exceptions
	[waived.code, waived.term, waived.until, waived.reason, waived.reference] == [
		"licence.disallowed", "libx", "2027-01-01T00:00:00Z",
		"replaced in the next release", "https://registry.example/decisions/7",
	]
}

test_does_not_waive[case] if {
	some case, exception in {
		"another code": object.union(_exception, {"code": "licence.unknown"}),
		"another term": object.union(_exception, {"term": "liby"}),
		"another subject": object.union(_exception, {"subject": testing.other}),
		"what it did until it ended": object.union(_exception, {"until": "2026-11-21T10:00:00Z"}),
		"without an end": object.union(_exception, {"until": ""}),
		"with an end that cannot be read": object.union(_exception, {"until": "soon"}),
		"without a reason": object.union(_exception, {"reason": ""}),
	}
	decision := _decision(_evidence, [exception])
	not decision.allow
	decision.exceptions == []
}

test_one_exception_does_not_waive_another_finding if {
	sbom := testing.attachment(
		"application/spdx+json", testing.spdx([
			{"name": "libx", "version": "1.2", "licence": "AGPL-3.0-only"},
			{"name": "liby", "version": "1.2", "licence": "AGPL-3.0-only"},
		]),
		{},
	)
	decision := _decision(testing.evidence([sbom]), [_exception])
	[finding.term | some finding in decision.violations] == ["liby"]
	[finding.term | some finding in decision.exceptions] == ["libx"]
}

test_a_requirement_can_be_waived if {
	decision := _decision(testing.evidence([]), [object.union(_exception, {"code": "sbom.read", "term": ""})])
	decision.allow
	testing.codes(decision.exceptions) == {"sbom.read"}
}

test_what_the_policy_itself_denies_cannot_be_waived if {
	decision := verdict.decision with input as _evidence
		with data.config as testing.config({}, {"exceptions": [object.union(_exception, {"code": "policy.profile", "term": ""})]})
	not decision.allow
}

# Warnings.

_at(effective_on) := decision if {
	decision := verdict.decision with input as _evidence
		with data.rules.acme.soon.deny as {{"subject": testing.subject, "msg": "soon", "effective_on": effective_on}}
		with data.config as testing.config({"required": ["sbom.read"], "unsigned": ["sbom.read"], "prohibited": ["acme.soon"]}, {})
}

test_a_finding_that_takes_effect_later_is_a_warning if {
	decision := _at("2027-01-01T00:00:00Z")
	decision.allow
	[warning.effective_on | some warning in decision.warnings] == ["2027-01-01T00:00:00Z"]
}

test_a_finding_in_force_denies[case] if {
	some case, effective_on in {
		"since long": "2020-01-01T00:00:00Z",
		"since this instant": testing.now,
		"where nobody says since when": "",
		"where that cannot be read": "soon",
	}
	not _at(effective_on).allow
}

test_advice_is_a_warning if {
	decision := verdict.decision with input as testing.evidence([testing.sbom("NOASSERTION")])
		with data.config as testing.config(
			{"required": ["sbom.read"], "unsigned": ["sbom.read"], "prohibited": ["licence.unknown"]},
			{"licences": {"allow": [], "deny": ["AGPL-*"], "unknown": "warn"}},
		)
	decision.allow
	testing.codes(decision.warnings) == {"licence.unknown"}
}

# Excuses in evidence: VEX statements.

_scan := testing.grype("2026-11-21T09:00:00Z", [{"id": "CVE-2026-1", "severity": "High", "purl": "pkg:npm/libx@1.2", "state": "fixed"}])

_vex(more) := testing.attachment(
	"https://openvex.dev/ns/v0.2.0",
	{
		"@context": "https://openvex.dev/ns/v0.2.0",
		"timestamp": "2026-11-20T00:00:00Z",
		"statements": [{"vulnerability": {"name": "CVE-2026-1"}, "products": [{"@id": "pkg:npm/libx@1.2"}], "status": "not_affected"}],
	},
	more,
)

_signed := {
	"outcome": "verified", "predicate": "https://openvex.dev/ns/v0.2.0",
	"signers": [testing.key_signer("security", "sha256:k")],
}

_excused(attachments, types) := decision if {
	decision := verdict.decision with input as testing.evidence(attachments)
		with data.config as testing.config(
			{
				"required": ["vulnerability.scanned"], "unsigned": ["vulnerability.scanned"],
				"prohibited": ["vulnerability.severity"],
				"identities": [testing.identity(types, {"name": "security team", "trust": "security"})],
			},
			{},
		)
}

test_a_signed_vex_statement_excuses_and_is_listed if {
	decision := _excused([_scan, _vex(_signed)], ["https://openvex.dev/ns/*"])
	decision.allow
	some waived in decision.exceptions
	[waived.code, waived.term, waived.until, waived.reference] == ["vulnerability.severity", "CVE-2026-1", "", testing.digest(1)]
	contains(waived.reason, "security team")
}

test_a_vex_statement_does_not_excuse[case] if {
	some case, c in {
		"that nobody signed": {"vex": _vex({}), "types": ["https://openvex.dev/ns/*"]},
		"signed by somebody who speaks for other types": {"vex": _vex(_signed), "types": ["application/spdx+json"]},
		"that failed": {"vex": _vex(object.union(_signed, {"outcome": "failed"})), "types": ["https://openvex.dev/ns/*"]},
	}
	not _excused([_scan, c.vex], c.types).allow
}
