package lib

import future.keywords.not

# Who vouches for a report: those who signed it; those who signed the artifact that carries it, where that artifact
# is bound to the subject by more than a name; and those who signed the pinned index that contains it.
# A tag's name and an index's annotation bind nothing.
_signers(artifact, report) := ({signer | some signer in report.signers} | _carrier_signers(artifact, report)) | _index_signers(artifact)

_carrier_signers(artifact, report) := _approvers[artifact.digest] if {
	_bound(artifact, report)
} else := set()

_bound(artifact, _) if _own_binding[artifact.binding]

_bound(_, report) if report.statement.predicateType != ""

_own_binding := {"manifest", "file"}

_index_signers(artifact) := _approvers[input.subject.digest] if {
	artifact.binding == "index"
} else := set()

# Digest -> who approved exactly that.
_approvers[subject] contains signer if {
	some artifact in input.artifacts
	some report in artifact.reports
	report.outcome == "verified"
	families[report.type] == "approval"
	some subject in report.subjects
	some signer in report.signers
}

# METADATA
# title: Signatures
# description: Approvals of the subject or a target, each by somebody whom a configured trust knows. Attestations are none.
signatures := [element |
	some element in documents
	element.family == "approval"
	element.report.outcome == "verified"
]
