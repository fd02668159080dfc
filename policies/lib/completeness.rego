package lib

import data.lib.text
import future.keywords.not

# METADATA
# title: Complete for a type
# description: >-
#   Whether everything of this type that is attached was looked at: every source answered, nothing was left out by count, and the
#   configuration does not skip the type.
complete(type) if {
	input.complete
	not _left_out[type]
}

_left_out contains type if {
	some entry in input.discovery
	some type in entry.types
}

# METADATA
# title: Incomplete
# description: Why not everything is known, `subject` and `reason` each; empty where `input.complete`.
incomplete contains {"subject": entry.subject, "reason": concat(" ", [entry.source, entry.outcome])} if {
	not input.complete
	some entry in input.discovery
	_gaps[entry.outcome]
}

incomplete contains {"subject": one.artifact.subject, "reason": one.report.message} if {
	not input.complete
	some one in untold
}

incomplete contains {"subject": subject_digest, "reason": "something was left out"} if not input.complete

_gaps := {"failed", "truncated"}

# METADATA
# title: Failed
# description: Reports that say the evidence is bad, as `artifact` and `report`.
failed := [{"artifact": artifact, "report": report} |
	some artifact in input.artifacts
	some report in artifact.reports
	report.outcome == "failed"
]

# METADATA
# title: Untold
# description: Reports that could not tell, as `artifact` and `report`.
untold := [{"artifact": artifact, "report": report} |
	some artifact in input.artifacts
	some report in artifact.reports
	report.outcome == "errored"
]

# METADATA
# title: Unread
# description: >-
#   Documents that are there but were not understood. Left out are types of `data.config.ignoredTypes`, and approvals: there is
#   nothing in them to understand.
unread := [document |
	some document in documents
	not document.report.read
	document.family != "approval"
	not _ignored(document)
]

# METADATA
# title: Unknown
# description: Documents that were read, but whose type this library does not know. Types of `data.config.ignoredTypes` are left out.
unknown := [document |
	some document in documents
	document.report.read
	document.report.document != ""
	document.family == ""
	not _ignored(document)
]

_ignored(document) if {
	some pattern in data.config.ignoredTypes
	text.matches(pattern, document.report.type)
}
