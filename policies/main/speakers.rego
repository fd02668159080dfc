# METADATA
# title: Who may speak
# description: The one place that decides whose word counts.
package verdict.speakers

import data.lib.text
import data.verdict.profile
import future.keywords.not

# METADATA
# title: Entries that vouch
# description: >-
#   Names of the entries of the profile's identity list by which the signers of an element may speak for its type. A signer speaks as the
#   first entry that fits, so that nobody is counted twice.
of(element) := {entry |
	some signer in element.signers
	entry := [identity.name |
		some identity in profile.identities
		_speaks_for(identity, element.type)
		_is(identity, signer)
	][0]
}

_speaks_for(identity, type) if {
	some pattern in identity.types
	text.matches(pattern, type)
}

# An identity means something only within the trust that vouches for it, and only with who issued it.
_is(identity, signer) if {
	identity.trust == signer.trust.name
	identity.kind == signer.kind
	_named(identity, signer)
	every name, pattern in identity.extensions {
		text.matches(pattern, signer.extensions[name])
	}
}

_named(identity, signer) if {
	identity.kind == "key"
	_fits(identity.identity, signer.key.fingerprint)
}

_named(identity, signer) if {
	identity.kind == "certificate"
	identity.identity != ""
	text.matches(identity.identity, signer.certificate.distinguishedName)
	_fits(identity.issuer, signer.certificate.issuer)
}

_named(identity, signer) if {
	identity.kind == "keyless"
	identity.identity != ""
	identity.issuer != ""
	some alternative in signer.san
	text.matches(identity.identity, alternative.value)
	text.matches(identity.issuer, signer.oidcIssuer)
}

# Of a key, and of the issuer of a certificate, the trust itself says enough.
_fits("", _)

_fits(pattern, value) if text.matches(pattern, value)
