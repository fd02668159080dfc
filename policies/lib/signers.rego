package lib

import data.lib.text
import future.keywords.not

# Who vouches for a report: those who signed it; those who signed the artifact that carries it, where that artifact
# is bound to the subject by more than a name; and those who signed the pinned index that contains it.
# A tag's name and an index's annotation bind nothing. Of an approval only those who signed it themselves:
# whoever signs somebody's signature has approved that, not the image.
_signers(artifact, report) := _own_signers(artifact, report) if {
	families[report.type] == "approval"
} else := (_own_signers(artifact, report) | _carrier_signers(artifact, report)) | _index_signers(artifact)

# What was signed must itself say of what it speaks. An envelope around a bare document does not: whoever may push
# could attach it to anything.
_own_signers(artifact, report) := {signer | some signer in report.signers} if {
	_says_of_what(artifact, report)
	not _contradicts_itself(report)
} else := set()

# Verified in spite of a check that is not passed and that nobody waived, or that nobody can waive.
_contradicts_itself(report) if {
	some name, check in report.checks
	_not_passed[check.outcome]
	not _waived(report, name)
}

_not_passed := {"failed", "errored"}

_waived(report, name) if {
	_waivable[name]
	some waived in report.relaxed
	waived == name
}

_waivable := {"transparency", "timestamp", "expiry", "revocation"}

_says_of_what(_, report) if report.statement.predicateType != ""

_says_of_what(_, report) if families[report.type] == "approval"

_says_of_what(artifact, _) if artifact.binding == "file"

_carrier_signers(artifact, report) := _approvers[artifact.digest] if {
	_bound(artifact, report)
} else := set()

_bound(artifact, _) if _own_binding[artifact.binding]

_bound(_, report) if report.statement.predicateType != ""

_own_binding := {"manifest", "file"}

_index_signers(artifact) := _approvers[input.subject.digest] if {
	_in_pinned_index(artifact)
} else := set()

_in_pinned_index(artifact) if artifact.binding == "index"

# Of what the index holds, the manifest may say itself what it is attached to.
_in_pinned_index(artifact) if {
	artifact.binding == "manifest"
	some source in artifact.sources
	source == "image-index"
}

# Digest -> who approved exactly that.
_approvers[subject] contains signer if {
	some artifact in input.artifacts
	some report in artifact.reports
	report.outcome == "verified"
	families[report.type] == "approval"
	some subject in report.subjects
	some signer in _own_signers(artifact, report)
}

# METADATA
# title: Signatures
# description: >-
#   Approvals of the subject or a target, each by somebody whom a configured trust knows. Attestations are none. `content` is
#   `logged` (a transparency log that the trust knows holds it), `reference` (the name that simple signing payloads bear, which
#   nobody checked; else `""`) and `annotations` (`name` and `value` of what the signer said beside it).
signatures := [element |
	some document in documents
	document.family == "approval"
	document.report.outcome == "verified"
	element := {
		"artifact": document.artifact,
		"report": document.report,
		"subject": document.subject,
		"signers": document.signers,
		"content": {
			"logged": document.report.checks.transparency.outcome == "passed",
			"reference": text.at(document.content, ["critical", "identity", "docker-reference"]),
			"annotations": _annotations(document),
		},
	}
]

# A list, since several subjects of one statement may give one name different values.
_annotations(document) := [{"name": name, "value": value} |
	some annotations in array.concat(
		[said | some path in _annotation_paths; said := object.get(document.content, path, {})],
		[entry.annotations | some entry in document.report.statement.subject; _names(entry, document.subject)],
	)
	some name, value in annotations
	is_string(value)
	is_string(name)
]

# Of simple signing, of Notary Project.
_annotation_paths := [["optional"], ["targetArtifact", "annotations"]]

_names(entry, subject) if {
	[algorithm, encoded] := split(subject, ":")
	entry.digest[algorithm] == encoded
}

# METADATA
# title: Expected signatures
# description: >-
#   Those that fit every rule under `signature` which the profile requires, so that no two signatures together satisfy what none of
#   them does. One for each signer: `content` has `time` too, when the trust that vouches for this signer knows that it was signed,
#   else `""`.
expected_signatures := [element |
	some signature in signatures
	some signer in signature.signers
	time := _trusted_time(signer)
	_expected_log(signature)
	_expected_time(time)
	_expected_age(time)
	_expected_annotations(signature)
	element := {
		"artifact": signature.artifact,
		"report": signature.report,
		"subject": signature.subject,
		"signers": {signer},
		"content": {
			"logged": signature.content.logged,
			"reference": signature.content.reference,
			"annotations": signature.content.annotations,
			"time": time,
		},
	}
]

_trusted_time(signer) := signer.time if {
	signer.timeSource != "none"
	time.parse_rfc3339_ns(signer.time)
} else := ""

_asked := {name | some name in data.config.profiles[data.config.profile].required}

_expected_log(_) if not _asked["signature.logged"]

_expected_log(signature) if signature.content.logged

_expected_time(_) if not _asked["signature.timestamped"]

_expected_time(time) if time != ""

_expected_age(_) if not _asked["signature.recent"]

_expected_age(time) if fresh_until(time, data.config.signature.maxAge)

_expected_annotations(_) if not _asked["signature.annotated"]

_expected_annotations(signature) if annotated(signature.content.annotations)

# METADATA
# title: Annotated as configured
# description: Whether annotations, each `name` and `value`, fit all of `data.config.signature.annotations`.
annotated(annotations) if {
	every name, pattern in data.config.signature.annotations {
		some annotation in annotations
		annotation.name == name
		text.matches(pattern, annotation.value)
	}
}

# METADATA
# title: Relaxed
# description: >-
#   Checks that the configuration waived and that did not pass, of everything that verified, evidence of evidence included:
#   `artifact`, `report` and `check`.
relaxed := [{"artifact": artifact, "report": report, "check": check} |
	some artifact in input.artifacts
	some report in artifact.reports
	report.outcome == "verified"
	some check in report.relaxed
]
