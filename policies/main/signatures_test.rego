# What is never taken for signed: what nobody signed, what was signed for another purpose, and what was signed about something else.
package verdict.signatures_test

import data.testing
import data.verdict
import future.keywords.not

_release := testing.key_signer("release", "sha256:release")

_scanner := testing.key_signer("scans", "sha256:scanner")

_workflow := "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"

_github := "https://token.actions.githubusercontent.com"

_keyless := testing.keyless_signer("public", _workflow, _github)

_sbom := testing.sbom("MIT")

_provenance := testing.provenance("https://github.com/acme/builder", "https://github.com/acme/app", "refs/heads/main", "c")

_scan := testing.attachment(
	"https://cosign.sigstore.dev/attestation/vuln/v1",
	{"metadata": {"scanFinishedOn": "2026-11-21T09:00:00Z"}, "scanner": {"result": testing.grype("2026-11-21T09:00:00Z", []).document}},
	{},
)

# The image is approved by a key, built by a workflow, scanned by a scanner.
_config := testing.config(
	{
		"required": ["signature.present", "provenance.present", "sbom.read", "vulnerability.scanned"],
		"identities": [
			testing.identity(["https://sigstore.dev/cosign/sign/v1", "application/spdx+json"], {"identity": "sha256:release"}),
			testing.identity(["https://slsa.dev/provenance/*"], {
				"name": "workflow", "trust": "public", "kind": "keyless",
				"identity": _workflow, "issuer": _github,
			}),
			testing.identity(["https://cosign.sigstore.dev/attestation/vuln/v1"], {"name": "scanner", "trust": "scans"}),
		],
	},
	{},
)

_attached := {
	"approval": testing.approval([_release]),
	"provenance": testing.attested(_provenance, [_keyless]),
	"sbom": testing.attested(_sbom, [_release]),
	"scan": testing.attested(_scan, [_scanner]),
}

_listed(attached) := [attached[name] | some name in ["approval", "provenance", "sbom", "scan"]]

_denied(evidence) := codes if {
	decision := verdict.decision with input as evidence with data.config as _config
	not decision.allow
	codes := testing.codes(decision.violations)
}

_changed(name, more) := testing.evidence(_listed(object.union(_attached, {name: object.union(_attached[name], more)})))

test_allows_what_all_of_them_signed if {
	verdict.decision.allow with input as testing.evidence(_listed(_attached)) with data.config as _config
}

_rules := {
	"approval": "signature.present", "provenance": "provenance.present",
	"sbom": "sbom.read", "scan": "vulnerability.scanned",
}

test_denies_each_of_them[case] if {
	some name, rule in _rules
	some change, more in {
		"that nobody signed": {"outcome": "present", "signers": []},
		"that failed": {"outcome": "failed", "signers": []},
		"that could not be told": {"outcome": "errored", "signers": []},
		"that a stranger signed": {"signers": [testing.keyless_signer("public", "https://stranger.invalid", _github)]},
		"that a key of the same trust signed": {"signers": [testing.key_signer("public", "sha256:stranger")]},
		"that the same key signed for another trust": {"signers": [testing.key_signer("elsewhere", "sha256:release")]},
		"that a namespace's trust of the same name knows": {"signers": [object.union(signer, {"trust": {"scope": "namespace"}}) | some signer in _attached[name].signers]},
		"whose signer is of another kind": {"signers": [object.union(signer, {"kind": "certificate"}) | some signer in _attached[name].signers]},
		"that speaks of another image": {"subject": testing.other, "subjects": [testing.other]},
		"that speaks of nothing": {"subjects": []},
		"that only its place binds": {"type": "application/json", "predicate": ""},
		"of a type that nobody speaks for": {"type": "https://acme.example/anything/v1"},
	}
	case := concat(" ", [name, change])
	_denied(_changed(name, more))[rule]
}

# Everybody signs in the place of everybody else.
test_denies_who_may_speak_for_something_else[case] if {
	some name, rule in _rules
	some by, other in _attached
	other.signers != _attached[name].signers
	case := concat(" signed by who signs the ", [name, by])
	_denied(_changed(name, {"signers": other.signers})) == {rule}
}

test_an_attestation_is_no_approval[case] if {
	some case, type in {
		"by its own type": "application/spdx+json",
		"under the type of a provenance": "https://slsa.dev/provenance/v1",
		"under the type of a scan": "https://cosign.sigstore.dev/attestation/vuln/v1",
	}
	_denied(_changed("approval", {"type": type, "predicate": type}))["signature.present"]
}

# Signed by whoever may approve images: but the carrier, not the image.
test_an_approval_of_what_is_attached_is_none_of_the_image[case] if {
	nested := object.union(testing.approval([_release]), {"subject": "sha256:carrier", "subjects": ["sha256:carrier"]})
	some case, attached in {
		"of an SBOM": object.union(_attached.sbom, {"artifact": "sha256:carrier"}),
		"of the signature of a stranger": object.union(testing.approval([testing.key_signer("release", "sha256:stranger")]), {"artifact": "sha256:carrier"}),
		"of the attestation of another purpose": object.union(testing.attested(_scan, [_scanner]), {"artifact": "sha256:carrier"}),
	}
	evidence := testing.evidence([attached, nested, _attached.provenance, _attached.sbom, _attached.scan])
	_denied(evidence) == {"signature.present"}
}

# A detached signature on an SBOM that nobody signed itself.

_carried(binding, more) := object.union(
	{"outcome": "present", "signers": [], "artifact": "sha256:carrier", "binding": binding},
	more,
)

_on_carrier(more) := object.union(testing.approval([_release]), object.union({"subject": "sha256:carrier", "subjects": ["sha256:carrier"]}, more))

_with_sbom(sbom, nested) := testing.evidence([_attached.approval, _attached.provenance, _attached.scan, object.union(_sbom, sbom), nested])

test_a_signature_on_an_sbom_vouches_for_it[case] if {
	some case, nested in {
		"of cosign": _on_carrier({}),
		"of older cosign": _on_carrier({"type": "application/vnd.dev.cosign.simplesigning.v1+json"}),
		"of Notation": _on_carrier({"type": "application/vnd.cncf.notary.payload.v1+json"}),
	}
	evidence := _with_sbom(_carried("manifest", {}), nested)
	verdict.decision.allow with input as evidence with data.config as _config
}

test_a_signature_on_an_sbom_does_not_vouch_for_it[case] if {
	some case, c in {
		"where only a tag binds the SBOM": [_carried("tag", {}), _on_carrier({})],
		"if the SBOM is of another image": [_carried("manifest", {"subject": testing.other, "subjects": [testing.other]}), _on_carrier({})],
		"if it is of another artifact": [_carried("manifest", {}), _on_carrier({"subjects": [testing.other]})],
		"if it was found there but speaks of the image": [_carried("manifest", {}), _on_carrier({"subjects": [testing.subject]})],
		"if it is an attestation": [_carried("manifest", {}), _on_carrier({"type": "https://slsa.dev/provenance/v1"})],
		"if a stranger made it": [_carried("manifest", {}), _on_carrier({"signers": [testing.key_signer("release", "sha256:stranger")]})],
		"if who made it speaks for no SBOMs": [_carried("manifest", {}), _on_carrier({"signers": [_scanner]})],
		"if nobody counts who made it": [_carried("manifest", {}), _on_carrier({"outcome": "present", "signers": []})],
		"if it is bad": [_carried("manifest", {}), _on_carrier({"outcome": "failed", "signers": []})],
	}
	_denied(_with_sbom(c[0], c[1])) == {"sbom.read"}
}

# An index, of which a runtime chooses a child.

_children := ["sha256:amd64", "sha256:arm64"]

_of(attachment, subjects) := object.union(attachment, {"subject": subjects[0], "subjects": subjects})

_about_index(approvals) := testing.evidence_about(_children, array.concat(approvals, [
	_attached.provenance,
	_of(_attached.sbom, _children),
	_of(_attached.scan, _children),
]))

test_an_approval_of_the_index_holds_for_its_children if {
	verdict.decision.allow with input as _about_index([_attached.approval]) with data.config as _config
}

test_approvals_of_all_children_hold if {
	approvals := [_of(_attached.approval, [child]) | some child in _children]
	verdict.decision.allow with input as _about_index(approvals) with data.config as _config
}

test_an_approval_of_one_child_holds_for_no_other if {
	_denied(_about_index([_of(_attached.approval, ["sha256:amd64"])])) == {"signature.present"}
}

# m of n: the image is approved by two.

_of_two(signers) if {
	verdict.decision.allow with input as testing.evidence([testing.approval([signer]) | some signer in signers])
		with data.config as testing.config(
			{
				"required": ["signature.present"], "thresholds": {"signature.present": 2},
				"identities": [
					testing.identity(["https://sigstore.dev/cosign/sign/v1"], {"name": "first", "identity": "sha256:first"}),
					testing.identity(["https://sigstore.dev/cosign/sign/v1"], {"name": "second", "identity": "sha256:second"}),
					testing.identity(["https://slsa.dev/provenance/*"], {"name": "third", "identity": "sha256:third"}),
				],
			},
			{},
		)
}

_named(name) := testing.key_signer("release", name)

test_two_of_two if _of_two([_named("sha256:first"), _named("sha256:second")])

test_not_two_of_two[case] if {
	some case, names in {
		"one": ["sha256:first"],
		"one twice": ["sha256:first", "sha256:first"],
		"one and a stranger": ["sha256:first", "sha256:stranger"],
		"one and somebody who speaks for something else": ["sha256:first", "sha256:third"],
	}
	not _of_two([_named(name) | some name in names])
}
