# METADATA
# title: Evidence as rules read it
# description: >-
#   The only package that knows the shape of the input. Rules iterate its lists (`some sbom in lib.sboms`), whose elements
#   all have the same keys: `artifact` and `report` as in the input, `subject` (the digest that the element speaks of),
#   `signers` (who vouches for it, empty where nobody does) and `content` (the same normal form for every format).
#   They are lists and not functions, and each spells its elements out: only so does the type checker see into them.
package lib

import future.keywords.not

# METADATA
# title: Evidence
# description: Whether the input has the shape of evidence. A list that is not there would be taken for an empty one.
default is_evidence := false

is_evidence if {
	input.version == "1"
	is_boolean(input.complete)
	is_array(input.artifacts)
	is_array(input.discovery)
	is_object(input.documents)
	is_string(input.subject.digest)
	is_array(input.subject.targets)
	is_string(input.context.time)
}

# METADATA
# title: Digest of the subject
# description: "`\"\"` where the input is no evidence."
default subject_digest := ""

subject_digest := input.subject.digest

# METADATA
# title: Targets
# description: Digests of what a runtime could choose, which the decision must hold for.
targets := {target.digest | some target in input.subject.targets}

# METADATA
# title: Documents
# description: >-
#   Everything readable or not that is verified or present and speaks of the subject or one of its targets. `content` is the document
#   itself, `{}` where there is none; `family` what the library takes it for, `""` where it does not know the type.
documents := [element |
	some artifact in input.artifacts
	some report in artifact.reports
	_found[report.outcome]
	content := _document(report)
	family := _family_or_none(report.type, content)
	signers := _signers(artifact, report)
	some subject in report.subjects
	_subjects[subject]
	element := {
		"artifact": artifact,
		"report": report,
		"subject": subject,
		"signers": signers,
		"content": content,
		"family": family,
	}
]

_found := {"verified", "present"}

_document(report) := input.documents[report.document] if {
	report.read
} else := {}

_subjects := targets | {input.subject.digest}

_family_or_none(type, document) := family if {
	family := _family(type, document)
} else := ""

# METADATA
# title: What a requirement rests on
# description: One element of a rule's `met`, for the element of one of the lists above.
testimony(element) := {
	"subject": element.subject,
	"type": element.report.type,
	"signers": element.signers,
	"evidence": [element.artifact.digest],
}

# METADATA
# title: What covers what
# description: >-
#   Whether a testimony holds for a target: it names the target, or it names the whole index and is about its build or its approval.
#   SBOMs and scans speak of one image only; what is said of a child holds for no other and not for the index.
covers(testimony_, target) if testimony_.subject == target

covers(testimony_, _) if {
	testimony_.subject == input.subject.digest
	_of_the_whole[families[testimony_.type]]
}

_of_the_whole := {"provenance", "approval"}

# METADATA
# title: What a prohibition found
# description: >-
#   One element of a rule's `deny`: what `term` within the element's subject is wrong. `arguments` fill `{name}` in the
#   rule's `failure_msg`.
finding(element, term, arguments) := {
	"subject": element.subject,
	"term": term,
	"arguments": arguments,
	"evidence": [element.artifact.digest],
}

# METADATA
# title: The instant of the decision
# description: Nanoseconds since 1970, from `context.time`.
now := time.parse_rfc3339_ns(input.context.time)

# METADATA
# title: Fresh until
# description: >-
#   The instant (nanoseconds since 1970) at which something of the given time (RFC 3339) becomes older than this many hours. Undefined
#   if it is already, if it lies further ahead than clocks differ, or if the time cannot be read.
fresh_until(text_, hours) := until if {
	instant := time.parse_rfc3339_ns(text_)
	instant <= now + _skew
	until := instant + (hours * _hour)
	until >= now
}

_hour := 3600000000000

# Clocks differ: nanoseconds that something may lie ahead of ours.
_skew := 300000000000

# METADATA
# title: Parameters
# description: The caller's own. They may ask for more, never for less.
parameters := input.context.parameters
