package verdict.speakers_test

import data.testing
import data.verdict
import future.keywords.not

_type := "application/spdx+json"

_key := {
	"name": "release keys", "types": [_type], "kind": "key", "trust": "release", "scope": "cluster",
	"identity": "", "issuer": "", "extensions": {},
}

_workflow := {
	"name": "release workflow",
	"types": ["https://slsa.dev/provenance/*", _type],
	"kind": "keyless",
	"trust": "public",
	"scope": "cluster",
	"identity": "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/*",
	"issuer": "https://token.actions.githubusercontent.com",
	"extensions": {},
}

_certificate := {
	"name": "build farm", "types": [_type], "kind": "certificate", "trust": "pki", "scope": "cluster",
	"identity": "CN=build-*,O=Acme", "issuer": "CN=Acme Root", "extensions": {},
}

_signed(signers) := testing.attested(testing.sbom("MIT"), signers)

_identity := "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1"

_issuer := "https://token.actions.githubusercontent.com"

_allowed(attachments, identities, thresholds) if {
	verdict.decision.allow with input as testing.evidence(attachments)
		with data.config as testing.config({"required": ["sbom.read"], "identities": identities, "thresholds": thresholds}, {})
}

test_counts_a_signer_whom_the_profile_names[case] if {
	some case, c in {
		"any key of a trust": {"signer": testing.key_signer("release", "sha256:k"), "identity": _key},
		"one key": {"signer": testing.key_signer("release", "sha256:k"), "identity": object.union(_key, {"identity": "sha256:k"})},
		"a workflow": {"signer": testing.keyless_signer("public", _identity, _issuer), "identity": _workflow},
		"a certificate": {"signer": testing.certificate_signer("pki", "CN=build-7,O=Acme", "CN=Acme Root"), "identity": _certificate},
		"a certificate of any issuer of the trust": {
			"signer": testing.certificate_signer("pki", "CN=build-7,O=Acme", "CN=Other"),
			"identity": object.union(_certificate, {"issuer": ""}),
		},
		"anybody whom the trust knows": {
			"signer": testing.keyless_signer("public", _identity, _issuer),
			"identity": object.union(_workflow, {"identity": "**", "issuer": "**"}),
		},
		"a person by e-mail": {
			"signer": object.union(
				testing.keyless_signer("public", "", "https://accounts.example"),
				{"san": [{"type": "email", "value": "jane@acme.example"}]},
			),
			"identity": object.union(_workflow, {"identity": "*@acme.example", "issuer": "https://accounts.example"}),
		},
		"one of several names": {
			"signer": object.union(
				testing.keyless_signer("public", "", _issuer),
				{"san": [{"type": "dns", "value": "build.acme.example"}, {"type": "otherName", "value": "jane"}]},
			),
			"identity": object.union(_workflow, {"identity": "jane"}),
		},
		"a key of a namespace's trust, where that is named": {
			"signer": object.union(testing.key_signer("release", "sha256:k"), {"trust": {"scope": "namespace"}}),
			"identity": object.union(_key, {"scope": "namespace"}),
		},
		"a workflow in the service of a repository": {
			"signer": object.union(
				testing.keyless_signer("public", _identity, _issuer),
				{"extensions": {"sourceRepositoryURI": "https://github.com/acme/app"}},
			),
			"identity": object.union(_workflow, {"extensions": {"sourceRepositoryURI": "https://github.com/acme/*"}}),
		},
	}
	_allowed([_signed([c.signer])], [c.identity], {})
}

test_counts_nobody_else[case] if {
	some case, c in {
		"nobody signed": {"signers": [], "identity": _key},
		"a namespace's trust of the same name": {
			"signers": [object.union(testing.key_signer("release", "sha256:k"), {"trust": {"scope": "namespace"}})],
			"identity": _key,
		},
		"a workflow known by the name of its certificate": {
			"signers": [object.union(testing.keyless_signer("public", "", _issuer), {"certificate": {"distinguishedName": _identity}})],
			"identity": _workflow,
		},
		"a certificate known by an alternative name": {
			"signers": [object.union(
				testing.certificate_signer("pki", "CN=other", "CN=Acme Root"),
				{"san": [{"type": "uri", "value": "CN=build-7,O=Acme"}]},
			)],
			"identity": _certificate,
		},
		"a certificate whose name has the same parts in another order": {
			"signers": [testing.certificate_signer("pki", "O=Acme,CN=build-7", "CN=Acme Root")],
			"identity": _certificate,
		},
		"another trust": {"signers": [testing.key_signer("scans", "sha256:k")], "identity": _key},
		"another key": {
			"signers": [testing.key_signer("release", "sha256:z")],
			"identity": object.union(_key, {"identity": "sha256:k"}),
		},
		"an entry that speaks for another type": {
			"signers": [testing.key_signer("release", "sha256:k")],
			"identity": object.union(_key, {"types": ["application/sarif+json"]}),
		},
		"another kind of signer": {"signers": [testing.keyless_signer("release", _identity, _issuer)], "identity": _key},
		"another workflow": {
			"signers": [testing.keyless_signer("public", "https://github.com/acme/app/.github/workflows/evil.yml@refs/tags/v1", _issuer)],
			"identity": _workflow,
		},
		"a tag with a slash, where one star stands": {
			"signers": [testing.keyless_signer("public", concat("/", [_identity, "x"]), _issuer)],
			"identity": _workflow,
		},
		"another issuer": {
			"signers": [testing.keyless_signer("public", _identity, "https://evil.example")],
			"identity": _workflow,
		},
		"a workflow in the service of another repository": {
			"signers": [object.union(
				testing.keyless_signer("public", _identity, _issuer),
				{"extensions": {"sourceRepositoryURI": "https://github.com/evil/app"}},
			)],
			"identity": object.union(_workflow, {"extensions": {"sourceRepositoryURI": "https://github.com/acme/*"}}),
		},
		"a workflow that does not tell the repository": {
			"signers": [testing.keyless_signer("public", _identity, _issuer)],
			"identity": object.union(_workflow, {"extensions": {"sourceRepositoryURI": "https://github.com/acme/*"}}),
		},
		"a certificate of another issuer": {
			"signers": [testing.certificate_signer("pki", "CN=build-7,O=Acme", "CN=Other")],
			"identity": _certificate,
		},
		"a certificate whose entry names nobody": {
			"signers": [testing.certificate_signer("pki", "", "CN=Acme Root")],
			"identity": object.union(_certificate, {"identity": ""}),
		},
		"a workflow whose entry names nobody": {
			"signers": [testing.keyless_signer("public", "", _issuer)],
			"identity": object.union(_workflow, {"identity": ""}),
		},
		"a workflow whose entry names no issuer": {
			"signers": [testing.keyless_signer("public", _identity, "")],
			"identity": object.union(_workflow, {"issuer": ""}),
		},
		"an entry of a kind that does not exist": {
			"signers": [object.union(testing.key_signer("release", "sha256:k"), {"kind": "oracle"})],
			"identity": object.union(_key, {"kind": "oracle"}),
		},
		"two stars in one entry": {
			"signers": [testing.key_signer("release", "sha256:k")],
			"identity": object.union(_key, {"identity": "sha*:*"}),
		},
	}
	not _allowed([_signed(c.signers)], [c.identity], {})
}

_second := object.union(_key, {"name": "second", "trust": "second"})

_release(fingerprint) := testing.key_signer("release", fingerprint)

test_m_of_n_counts_entries[case] if {
	some case, c in {
		"two entries in one report": {"attached": [_signed([_release("sha256:k"), testing.key_signer("second", "sha256:l")])], "allowed": true},
		"two entries in two reports": {
			"attached": [_signed([_release("sha256:k")]), _signed([testing.key_signer("second", "sha256:l")])],
			"allowed": true,
		},
		"one entry twice": {"attached": [_signed([_release("sha256:k")]), _signed([_release("sha256:l")])], "allowed": false},
		"one entry and a stranger": {
			"attached": [_signed([_release("sha256:k"), testing.key_signer("evil", "sha256:l")])],
			"allowed": false,
		},
		"one entry and nobody": {"attached": [_signed([_release("sha256:k")]), testing.sbom("MIT")], "allowed": false},
	}
	_agrees(c.allowed, c.attached, [_key, _second])
}

test_a_signer_whom_two_entries_fit_counts_once if {
	twin := object.union(_key, {"name": "twin"})
	_agrees(false, [_signed([_release("sha256:k")])], [_key, twin])
}

# One key that two trusts know, whether it signed once or twice.
test_a_key_is_one_voice_in_however_many_trusts[case] if {
	both := [_release("sha256:k"), testing.key_signer("second", "sha256:k")]
	some case, attached in {
		"one signature": [_signed(both)],
		"two signatures": [_signed([both[0]]), _signed([both[1]])],
		"as key and as certificate": [
			_signed([both[0]]),
			_signed([object.union(testing.certificate_signer("pki", "CN=build-7,O=Acme", "CN=Acme Root"), {"key": {"fingerprint": "sha256:k"}})]),
		],
	}
	_agrees(false, attached, [_key, _second, _certificate])
}

_by_workflow(trust, fingerprint) := _signed([object.union(
	testing.keyless_signer(trust, _identity, _issuer),
	{"key": {"fingerprint": fingerprint}},
)])

test_a_workflow_is_one_voice_in_however_many_trusts if {
	copy := object.union(_workflow, {"name": "copy", "trust": "copy"})
	_agrees(false, [_by_workflow("public", "sha256:a"), _by_workflow("copy", "sha256:b")], [_workflow, copy])
}

test_a_certificate_with_two_names_is_one_voice if {
	jane := object.union(_workflow, {"name": "jane", "trust": "copy", "identity": "jane@acme.example"})
	names := [{"type": "uri", "value": _identity}, {"type": "email", "value": "jane@acme.example"}]
	_agrees(
		false,
		[_signed([
			object.union(testing.keyless_signer("public", _identity, _issuer), {"san": names}),
			object.union(testing.keyless_signer("copy", "jane@acme.example", _issuer), {"san": names}),
		])],
		[_workflow, jane],
	)
}

test_two_workflows_are_two_voices if {
	other := object.union(_workflow, {"name": "other", "identity": "https://github.com/acme/app/.github/workflows/test.yml@refs/heads/main"})
	_agrees(
		true,
		[_signed([testing.keyless_signer("public", _identity, _issuer)]), _signed([testing.keyless_signer("public", other.identity, _issuer)])],
		[_workflow, other],
	)
}

test_entries_that_all_profiles_share_count if {
	verdict.decision.allow with input as testing.evidence([_signed([_release("sha256:k")])])
		with data.config as testing.config({"required": ["sbom.read"]}, {"identities": [_key]})
}

_agrees(true, attached, identities) if _allowed(attached, identities, {"sbom.read": 2})

_agrees(false, attached, identities) if not _allowed(attached, identities, {"sbom.read": 2})

test_says_who_is_missing if {
	decision := verdict.decision with input as testing.evidence([testing.sbom("MIT")])
		with data.config as testing.config({"required": ["sbom.read"], "identities": [_key]}, {})
	some violation in decision.violations
	contains(violation.msg, "Found (application/spdx+json), but signed by 0 of the 1 needed identities")
	contains(violation.msg, "It was signed by nobody whom a configured trust knows.")
	violation.evidence == [testing.digest(0)]
}

test_says_who_signed_instead if {
	decision := verdict.decision with input as testing.evidence([_signed([testing.key_signer("other", "sha256:k")])])
		with data.config as testing.config({"required": ["sbom.read"], "identities": [_key]}, {})
	some violation in decision.violations
	contains(violation.msg, "It was signed by key|sha256:k (trust other).")
}

# What vouches for an element that nobody signed itself: a signature on the artifact that carries it.

_approval(about, fingerprint) := testing.attachment(
	"https://sigstore.dev/cosign/sign/v1",
	{},
	{"outcome": "verified", "signers": [_release(fingerprint)], "subject": about, "subjects": [about], "artifact": "sha256:approval"},
)

_carried(more) := [object.union(testing.sbom("MIT"), object.union({"artifact": "sha256:carrier"}, more)), _approval("sha256:carrier", "sha256:k")]

test_a_signature_on_the_carrier_vouches[case] if {
	some case, more in {
		"where its manifest names the subject": {"binding": "manifest"},
		"where the user put it there": {"binding": "file"},
		"where a statement in it names the subject": {"binding": "tag", "predicate": "https://spdx.dev/Document"},
	}
	_allowed(_carried(more), [_key], {})
}

test_a_signature_on_the_carrier_does_not_vouch[case] if {
	some case, attached in {
		"where only a tag names the subject": _carried({"binding": "tag"}),
		"where only an index annotation names the subject": _carried({"binding": "index"}),
		"if it is on something else": [testing.sbom("MIT"), _approval("sha256:carrier", "sha256:k")],
		"if it is an attestation about the carrier": [
			object.union(testing.sbom("MIT"), {"artifact": "sha256:carrier"}),
			object.union(_approval("sha256:carrier", "sha256:k"), {"type": "https://slsa.dev/provenance/v1"}),
		],
		"if it did not verify": [
			object.union(testing.sbom("MIT"), {"artifact": "sha256:carrier"}),
			object.union(_approval("sha256:carrier", "sha256:k"), {"outcome": "failed"}),
		],
	}
	not _allowed(attached, [_key], {})
}

_in_index := {
	"because only the index says what it is attached to": {"binding": "index", "sources": ["image-index"]},
	"because it says itself what it is attached to": {"binding": "manifest", "sources": ["image-index", "layout"]},
}

test_a_signature_on_the_pinned_index_vouches_for_what_it_contains[case] if {
	some case, more in _in_index
	_allowed([object.union(testing.sbom("MIT"), more), _approval(testing.subject, "sha256:k")], [_key], {})
}

test_a_signature_on_something_else_does_not_vouch_for_what_an_index_contains[case] if {
	some case, more in _in_index
	not _allowed([object.union(testing.sbom("MIT"), more), _approval(testing.other, "sha256:k")], [_key], {})
}

test_a_signature_on_the_subject_does_not_vouch_for_what_is_attached if {
	not _allowed([testing.sbom("MIT"), _approval(testing.subject, "sha256:k")], [_key], {})
}

# What covers what.

_children := ["sha256:amd64", "sha256:arm64"]

_provenance := object.union(testing.provenance("b", "r", "f", "c"), {"subject": testing.subject, "subjects": [testing.subject]})

_covered(required, attachments, profile) if {
	verdict.decision.allow with input as testing.evidence_about(_children, attachments)
		with data.config as testing.config(object.union({"required": [required], "unsigned": [required]}, profile), {})
}

test_provenance_of_an_index_covers_its_children if _covered("provenance.present", [_provenance], {})

test_provenance_of_a_child_covers_no_other if {
	not _covered("provenance.present", [object.union(_provenance, {"subject": "sha256:amd64", "subjects": ["sha256:amd64"]})], {})
}

test_an_sbom_of_an_index_covers_its_children_only_if_told_so if {
	not _covered("sbom.read", [testing.sbom("MIT")], {})
	_covered("sbom.read", [testing.sbom("MIT")], {"indexWide": true})
}

test_an_sbom_of_each_child_covers_all if {
	attachments := [object.union(testing.sbom("MIT"), {"subject": child, "subjects": [child]}) | some child in _children]
	_covered("sbom.read", attachments, {})
}

test_an_sbom_that_names_all_children_covers_all if {
	_covered("sbom.read", [object.union(testing.sbom("MIT"), {"subjects": _children})], {})
}
