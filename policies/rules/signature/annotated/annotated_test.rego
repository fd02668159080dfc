package rules.signature.annotated_test

import data.rules.signature.annotated
import data.testing
import future.keywords.not

_signers := [testing.key_signer("release", "sha256:k")]

_encoded := split(testing.subject, ":")[1]

_statement(entries) := object.union(testing.approval(_signers), {"statement": entries})

_said(annotations) := {"name": "", "digest": {"sha256": _encoded}, "annotations": annotations}

_payload(type, content) := testing.attachment(type, content, {"outcome": "verified", "signers": _signers})

_met(attached, annotations) if {
	count(annotated.met) == 1 with input as testing.evidence([attached])
		with data.config as testing.config({}, {"signature": {"annotations": annotations}})
}

_wanted := {"environment": "production", "team": "a*"}

test_met[case] if {
	some case, attached in {
		"in the statement of cosign 3": _statement([_said({"environment": "production", "team": "apps", "more": "x"})]),
		"in a payload of older cosign": _payload(
			"application/vnd.dev.cosign.simplesigning.v1+json",
			{"critical": {}, "optional": {"environment": "production", "team": "apps"}},
		),
		"in a payload of Notation": _payload(
			"application/vnd.cncf.notary.payload.v1+json",
			{"targetArtifact": {"annotations": {"environment": "production", "team": "apps"}}},
		),
	}
	_met(attached, _wanted)
}

test_not_met[case] if {
	some case, attached in {
		"nothing is said": testing.approval(_signers),
		"one is missing": _statement([_said({"environment": "production"})]),
		"one is another": _statement([_said({"environment": "staging", "team": "apps"})]),
		"one is no text": _statement([_said({"environment": ["production"], "team": "apps"})]),
		"they are none": _statement([_said("production")]),
		"they are said of another image": _statement([object.union(
			_said({"environment": "production", "team": "apps"}),
			{"digest": {"sha256": "22"}},
		)]),
		"the payload is a text": _payload("application/vnd.dev.cosign.simplesigning.v1+json", "production"),
	}
	not _met(attached, _wanted)
}

test_two_signatures_do_not_say_it_together if {
	count(annotated.met) == 0 with input as testing.evidence([
		_statement([_said({"environment": "production"})]),
		_statement([_said({"team": "apps"})]),
	])
		with data.config as testing.config({}, {"signature": {"annotations": _wanted}})
}

test_contradicting_annotations_stop_nothing if {
	_met(_statement([_said({"environment": "staging"}), _said({"environment": "production", "team": "apps"})]), _wanted)
}

test_not_met_where_nothing_is_configured if {
	not _met(_statement([_said({"environment": "production"})]), {})
}

test_says_what_was_found if {
	annotated.found == {"environment=staging"} with input as testing.evidence([_statement([_said({"environment": "staging"})])])
}
