package conventions.ratify.listing_test

import data.conventions.ratify.listing
import data.conventions.ratify.testing

import rego.v1

_sig := "application/vnd.dev.cosign.artifact.sig.v1+json"

_image := "application/vnd.oci.image.config.v1+json"

_simple := "application/vnd.dev.cosign.simplesigning.v1+json"

_items(artifacts, cosign) := items if {
	items := [[item.digest, item.artifactType] | some item in listing.items] with input as testing.evidence(artifacts)
		with data.config as object.union(testing.config("rego", []), {"cosign": cosign})
}

test_what_stores_list[source] if {
	some source, listed in {
		"referrers-api": [["sha256:a", "application/x"]],
		"referrers-tag": [["sha256:a", "application/x"]],
		"layout": [["sha256:a", "application/x"]],
		"image-index": [],
		"file": [],
		"cosign-tag": [],
	}
	artifact := testing.artifact("a", "application/x", {"sources": [source], "reports": [testing.report("json", "present", {"type": "text/spdx+json"})]})
	_items([artifact], true) == listed
}

_tagged(type, more) := testing.artifact("a", _image, object.union(
	{"sources": ["cosign-tag"], "reports": [testing.report("sigstore", "present", {"type": type})]},
	more,
))

test_signature_tags[case] if {
	some case, [artifact, listed] in {
		"a signature": [_tagged(_simple, {}), [["sha256:a", _sig]]],
		"unreadable": [_tagged("", {}), [["sha256:a", _sig]]],
		"without content": [_tagged(_image, {}), [["sha256:a", _sig]]],
		"without a report": [_tagged("", {"reports": []}), [["sha256:a", _sig]]],
		"an attestation": [_tagged("https://slsa.dev/provenance/v1", {}), []],
		"an SBOM": [_tagged("text/spdx+json", {}), []],
		"listed as a referrer too": [
			_tagged(_simple, {"sources": ["referrers-api", "cosign-tag"]}),
			[["sha256:a", _sig], ["sha256:a", _image]],
		],
	}
	_items([artifact], true) == listed
}

test_signature_tags_only_where_the_store_asks if _items([_tagged(_simple, {})], false) == []

test_evidence_of_evidence if {
	nested := testing.artifact("b", "application/y", {"subject": "sha256:a", "depth": 2})
	_items([testing.artifact("a", "application/x", {}), nested], false) == [["sha256:a", "application/x"], ["sha256:b", "application/y"]]
}

test_never_what_is_attached_elsewhere[case] if {
	some case, artifacts in {
		"to a child of the index": [testing.artifact("a", "application/x", {"subject": "sha256:child"})],
		"to what is not listed": [
			_tagged("text/spdx+json", {}),
			testing.artifact("b", "application/y", {"subject": "sha256:a", "depth": 2}),
		],
	}
	_items(artifacts, true) == []
}

_gaps(artifacts, discovery, cosign) := gaps if {
	evidence := object.union(testing.evidence(artifacts), {"discovery": [discovery]})
	gaps := {gap.subject | some gap in listing.gaps} with input as evidence
		with data.config as object.union(testing.config("rego", []), {"cosign": cosign})
}

_unanswered := {
	"subject": testing.subject, "source": "referrers-api", "outcome": "failed",
	"limit": "", "error": {"message": "the registry is away"},
}

test_gaps[case] if {
	some case, more in {
		"no answer": {},
		"not all": {"outcome": "truncated", "limit": "artifacts"},
		"by tag": {"source": "referrers-tag"},
		"signature tags": {"source": "cosign-tag"},
	}
	_gaps([], object.union(_unanswered, more), true) == {testing.subject}
}

test_no_gaps[case] if {
	some case, more in {
		"answered": {"outcome": "ok"},
		"not supported": {"outcome": "unsupported"},
		"left out by the configuration": {"outcome": "skipped"},
		"of a child of the index": {"subject": "sha256:child"},
		"of the index": {"source": "image-index"},
		"of signature tags that are not asked for": {"source": "cosign-tag"},
	}
	_gaps([], object.union(_unanswered, more), false) == set()
}

test_gaps_below_what_is_listed if {
	asked := object.union(_unanswered, {"subject": "sha256:a"})
	_gaps([testing.artifact("a", "application/x", {})], asked, false) == {"sha256:a"}
}

test_deeper_than_is_shown if {
	artifacts := [testing.artifact(format_int(depth, 10), "application/x", {"depth": depth, "subject": parent}) |
		some depth in numbers.range(1, 9)
		parent := {true: testing.subject, false: sprintf("sha256:%d", [depth - 1])}[depth == 1]
	]
	_gaps(artifacts, object.union(_unanswered, {"outcome": "ok"}), false) == {"sha256:8"}
}
