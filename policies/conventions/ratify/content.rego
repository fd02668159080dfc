# METADATA
# title: Content
# description: What the verifiers that read documents know of an artifact's content.
package conventions.ratify.content

import rego.v1

# METADATA
# title: Layers
# description: >-
#   What was said of each layer, with the document where there is one to read. The evidence does not keep the order of layers, so
#   all of them count, where some of Ratify's verifiers look at the first only.
layers(entry, artifact) := [{"report": report, "documents": _documents(report)} |
	some report in artifact.reports
	entry.verifier in {"", report.verifier.name}
	report.layer != ""
]

# METADATA
# title: Unread
# description: Why a layer has no document to judge.
unread(layers_) := concat("; ", [layer.report.message | some layer in layers_; layer.documents == []])

_documents(report) := [input.documents[report.document] |
	report.outcome in {"present", "verified"}
	report.read
]
