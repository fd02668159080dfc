# METADATA
# title: The profile
# description: Which rules decide, and why a profile cannot.
package verdict.profile

import data.lib
import future.keywords.not

# METADATA
# title: Name of the active profile
name := object.get(data.config, "profile", "")

# METADATA
# title: Required rules
# description: Name -> package of the rule, as `[area, rule]`.
required := {listed: split(listed, ".") | some listed in _active.required}

# METADATA
# title: Prohibited rules
# description: Name -> package of the rule, as `[area, rule]`.
prohibited := {listed: split(listed, ".") | some listed in _active.prohibited}

# METADATA
# title: Unsigned rules
# description: Required rules that evidence meets whoever made it.
unsigned := {listed | some listed in _active.unsigned}

# METADATA
# title: Identities
# description: Who may speak, in order.
identities := array.concat(_active.identities, data.config.identities)

# METADATA
# title: Index-wide
# description: Whether every piece of evidence about an index covers its children.
index_wide := _active.indexWide

# METADATA
# title: Threshold
# description: How many entries of the identity list must vouch for a required rule.
threshold(listed) := object.get(_active.thresholds, listed, 1)

_active := data.config.profiles[name]

# METADATA
# title: Faults
# description: Denials that no exception lifts.
faults contains _fault("policy.input", "The input is no evidence as `schemas/evidence.schema.json` has it.", "") if not lib.is_evidence

faults contains _fault("policy.targets", "The subject has no targets.", "") if count(lib.targets) == 0

faults contains _fault("policy.config", "The configuration is not complete: the host fills in its defaults.", "") if not _complete

faults contains _fault("policy.profile", $"There is no profile \"{name}\".", name) if not _active

faults contains _fault("policy.profile", $"The profile \"{name}\" requires nothing.", name) if {
	_active
	not _requires_something
}

_requires_something if count(required) > 0

# Rules are silent where a list or threshold is missing; the schema's defaults make sure that none is.
_complete if {
	is_array(data.config.identities)
	is_number(data.config.signature.maxAge)
	is_object(data.config.signature.annotations)
	is_array(data.config.signature.relaxed)
	is_array(data.config.licences.allow)
	is_array(data.config.licences.deny)
	is_string(data.config.licences.unknown)
	is_array(data.config.packages.deny)
	is_array(data.config.provenance.builders)
	is_array(data.config.provenance.buildTypes)
	is_array(data.config.provenance.repositories)
	is_array(data.config.provenance.refs)
	is_string(data.config.vulnerability.severity)
	is_boolean(data.config.vulnerability.fixableOnly)
	is_string(data.config.vulnerability.unknown)
	is_number(data.config.vulnerability.maxAge)
	is_array(data.config.ignoredTypes)
	is_array(data.config.exceptions)
}

faults contains _fault("policy.rule", $"The profile requires {listed}, but no such rule says `met`.", listed) if {
	some listed, path in required
	not _has_met(path)
}

faults contains _fault("policy.rule", $"The profile prohibits {listed}, but no such rule says `deny`.", listed) if {
	some listed, path in prohibited
	not _has_deny(path)
}

faults contains _fault("policy.rule", $"{listed} says nothing where {companion} is not met: require that too.", listed) if {
	some listed, path in prohibited
	some companion in about(path).custom.requires
	not required[companion]
}

faults contains _fault("policy.threshold", $"The profile sets a threshold for {listed}, which it does not require of signers.", listed) if {
	some listed, _ in _active.thresholds
	not _signed(listed)
}

faults contains _fault("policy.unsigned", $"{listed} asks who signed, so it cannot stand under `unsigned`.", listed) if {
	some listed, _ in unsigned
	about(split(listed, ".")).custom.signed
}

faults contains _fault(
	"policy.identities",
	$"The profile \"{name}\" requires what somebody signed ({listed}), but nobody may speak: name signers under `identities`.",
	name,
) if {
	wanted := {listed | some listed, _ in required; _signed(listed)}
	count(wanted) > 0
	not _somebody
	listed := concat(", ", sort(wanted))
}

_somebody if count(identities) > 0

_signed(listed) if {
	required[listed]
	not unsigned[listed]
}

_has_met(path) if {
	[area, rule] = path
	data.rules[area][rule].met
}

_has_deny(path) if {
	[area, rule] = path
	data.rules[area][rule].deny
}

# METADATA
# title: About a rule
# description: The METADATA of its package; `{}` where it has none.
about([area, rule]) := annotations if {
	some link in data.rules[area][rule].about
	annotations := link.annotations
	annotations.scope == "package"
} else := {}

_fault(code, message, term) := {
	"code": code,
	"msg": message,
	"severity": "critical",
	"title": "The policy cannot decide",
	"description": "What the operator configured contradicts itself or the policy.",
	"solution": "Mend the policy's configuration.",
	"term": term,
	"subject": lib.subject_digest,
}
