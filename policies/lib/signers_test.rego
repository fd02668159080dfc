package lib.signers_test

import data.lib
import data.testing
import future.keywords.not

_signer := testing.key_signer("release", "sha256:k")

_verified := {"outcome": "verified", "signers": [_signer]}

_signers(attachments) := signers if {
	signers := [element.signers | some element in lib.documents] with input as testing.evidence(attachments)
}

# An envelope around a bare document, which says nothing of what it is about, could be attached to anything.
test_who_signed_vouches_only_where_it_says_of_what[case] if {
	some case, c in {
		"a statement": [testing.attested(testing.sbom("MIT"), [_signer]), {_signer}],
		"an approval": [testing.approval([_signer]), {_signer}],
		"a bare document": [object.union(testing.sbom("MIT"), _verified), set()],
		"a bare document that a tag binds": [object.union(testing.sbom("MIT"), object.union(_verified, {"binding": "tag"})), set()],
		"a bare document that an index holds": [object.union(testing.sbom("MIT"), object.union(_verified, {"binding": "index"})), set()],
		"a bare document that the user put there": [object.union(testing.sbom("MIT"), object.union(_verified, {"binding": "file"})), {_signer}],
	}
	_signers([c[0]]) == [c[1]]
}

test_who_signs_a_signature_has_not_approved_the_image if {
	second := testing.key_signer("release", "sha256:second")
	_signers([
		object.union(testing.approval([_signer]), {"artifact": "sha256:carrier"}),
		object.union(testing.approval([second]), {"subject": "sha256:carrier", "subjects": ["sha256:carrier"]}),
	]) == [{_signer}]
}

test_a_report_that_contradicts_itself_vouches_for_nothing[case] if {
	some case, c in {
		"a check that failed": [{"checks": {"chain": {"outcome": "failed", "message": ""}}}, set()],
		"a check that could not be told": [{"checks": {"revocation": {"outcome": "errored", "message": ""}}}, set()],
		"a check that nobody can waive": [{"checks": {"signature": {"outcome": "failed", "message": ""}}, "relaxed": ["signature"]}, set()],
		"another check that was waived": [{"checks": {"expiry": {"outcome": "failed", "message": ""}}, "relaxed": ["revocation"]}, set()],
		"a check that was waived": [{"checks": {"expiry": {"outcome": "failed", "message": ""}}, "relaxed": ["expiry"]}, {_signer}],
		"checks that passed": [{"checks": {"chain": {"outcome": "passed", "message": ""}}}, {_signer}],
	}
	_signers([object.union(testing.approval([_signer]), c[0])]) == [c[1]]
	_signers([object.union(testing.attested(testing.sbom("MIT"), [_signer]), c[0])]) == [c[1]]
}

test_what_approvals_say if {
	[element] = lib.signatures with input as testing.evidence([testing.attachment(
		"application/vnd.dev.cosign.simplesigning.v1+json",
		{"critical": {"identity": {"docker-reference": "registry.example/team/app"}}, "optional": {"a": "b", "n": 1}},
		object.union(_verified, {"checks": {"transparency": {"outcome": "passed", "message": ""}}}),
	)])
	element.content == {
		"logged": true,
		"reference": "registry.example/team/app",
		"annotations": [{"name": "a", "value": "b"}],
	}
}

test_an_approval_that_says_nothing if {
	[element] = lib.signatures with input as testing.evidence([testing.approval([_signer])])
	element.content == {"logged": false, "reference": "", "annotations": []}
}

_time := {"time": "2026-11-21T09:00:00.000Z", "timeSource": "transparency-log"}

_expected(signer, more, required) := found if {
	found := count(lib.expected_signatures) with input as testing.evidence([object.union(testing.approval([signer]), more)])
		with data.config as testing.config({"required": required}, {"signature": {"annotations": {"a": "b"}}})
}

_logged := {"checks": {"transparency": {"outcome": "passed", "message": ""}}}

_annotated := {"statement": [{"digest": {"sha256": split(testing.subject, ":")[1]}, "annotations": {"a": "b"}}]}

test_expected_signatures_fit_all_that_the_profile_requires_of_signatures[case] if {
	all := ["signature.logged", "signature.timestamped", "signature.recent", "signature.annotated"]
	timed := object.union(_signer, _time)
	old := object.union(timed, {"time": "2020-01-01T00:00:00.000Z"})
	some case, c in {
		"nothing is required": [_signer, {}, ["signature.present"], 1],
		"everything is there": [timed, object.union(_logged, _annotated), all, 1],
		"it is not logged": [timed, _annotated, all, 0],
		"it is not annotated": [timed, _logged, all, 0],
		"its time is not known": [_signer, object.union(_logged, _annotated), ["signature.timestamped"], 0],
		"it is too old": [old, object.union(_logged, _annotated), all, 0],
		"it is old, which the profile does not ask": [old, object.union(_logged, _annotated), ["signature.timestamped"], 1],
	}
	_expected(c[0], c[1], c[2]) == c[3]
}

# Two signatures of which each lacks something do not make one that lacks nothing.
test_no_two_signatures_together_are_expected if {
	lib.expected_signatures == [] with input as testing.evidence([
		object.union(testing.approval([_signer]), _logged),
		testing.approval([object.union(_signer, _time)]),
	])
		with data.config as testing.config({"required": ["signature.logged", "signature.recent"]}, {})
}

test_an_approval_has_nothing_to_read if {
	lib.unread == [] with input as testing.evidence([object.union(testing.approval([_signer]), {"read": false})])
		with data.config as testing.config({}, {})
}
