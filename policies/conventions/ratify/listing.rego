# METADATA
# title: What Ratify's store lists
# description: >-
#   Of everything attached, what Ratify v1 would see: referrers of the subject itself and of what is listed, and cosign's signature
#   tags where the store asks for them. Never what is attached to the children of an index.
package conventions.ratify.listing

import data.conventions.ratify.judgement

import rego.v1

# METADATA
# title: Depth
# description: How deep evidence of evidence is shown. Deeper is not left out in silence; see `gaps`.
max_depth := 8

# METADATA
# title: Items
# description: >-
#   Each listed artifact under each type that it is listed as, in the order of the evidence, with a report of every verifier that
#   takes it, in the order of the configuration.
items := [{
	"digest": artifact.digest,
	"artifactType": type,
	"subject": artifact.subject,
	"reports": judgement.reports(artifact, type),
} |
	some artifact in input.artifacts
	_reachable[artifact.subject]
	some type in sort(_types(artifact))
]

# METADATA
# title: Places
# description: Places in `items` of what is attached to a digest.
places[subject] contains place if {
	some place, item in items
	subject := item.subject
}

# METADATA
# title: Gaps
# description: Why something that Ratify would list may be missing; Ratify itself answers with an error then.
gaps contains gap if {
	some answer in input.discovery
	_reachable[answer.subject]
	_asked[answer.source]
	answer.outcome in {"failed", "truncated"}
	reason := object.get(answer, ["error", "message"], answer.limit)
	gap := {
		"subject": answer.subject,
		"msg": sprintf("What is attached to %s is not all known (%s %s): %s", [answer.subject, answer.source, answer.outcome, reason]),
	}
}

gaps contains gap if {
	some artifact in input.artifacts
	_reachable[artifact.subject]
	artifact.depth > max_depth
	gap := {
		"subject": artifact.subject,
		"msg": sprintf("%s is evidence of evidence deeper than %d levels.", [artifact.digest, max_depth]),
	}
}

_signature_type := "application/vnd.dev.cosign.artifact.sig.v1+json"

# In a layout, what names its subject is what a registry would list.
_referrers := {"referrers-api", "referrers-tag", "layout"}

_asked := _referrers | {source | data.config.cosign; source := "cosign-tag"}

_types(artifact) := {type |
	some source in artifact.sources
	_referrers[source]
	type := artifact.artifactType
} | {type |
	data.config.cosign
	_is_signature_tag(artifact)
	type := _signature_type
}

# The evidence does not say which of cosign's three tags it was. What is told to be something else than a signature stood under
# another one; what could not be read is listed, so that it fails.
_is_signature_tag(artifact) if {
	"cosign-tag" in artifact.sources
	told := {report.type | some report in artifact.reports} - {"", artifact.artifactType}
	told - {"application/vnd.dev.cosign.simplesigning.v1+json"} == set()
}

_below[subject] contains artifact.digest if {
	some artifact in input.artifacts
	count(_types(artifact)) > 0
	subject := artifact.subject
}

# Of the subject, and of what is listed below it, if anything is attached there.
_reachable := (graph.reachable(_below, {input.subject.digest}) | {input.subject.digest}) | _listed

_listed := {digest |
	some subject in graph.reachable(_below, {input.subject.digest})
	some digest in _below[subject]
}
