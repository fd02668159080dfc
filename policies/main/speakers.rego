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
#   Names of the entries of the profile's identity list by which the signers of elements may speak, each for the type of its element.
#   A voice, which is one key or one identity of a short-lived certificate, speaks as the first entry that fits it, whatever it
#   signed and however many trusts know it: so nobody is counted twice.
of(elements) := {identity.name |
	voices := [_voices(elements, identity) | some identity in profile.identities]
	some i, identity in profile.identities
	earlier := union({voice | some voice in array.slice(voices, 0, i)})
	count(voices[i] - earlier) > 0
}

_voices(elements, identity) := {_voice(signer) |
	some element in elements
	_speaks_for(identity, element.type)
	some signer in element.signers
	_is(identity, signer)
}

# A short-lived certificate has a new key each time, so its names count, of which a trust may put another one into the `id`.
_voice(signer) := concat("|", array.concat([signer.oidcIssuer], sort([one.value | some one in signer.san]))) if {
	signer.kind == "keyless"
} else := signer.key.fingerprint if {
	signer.key.fingerprint != ""
} else := signer.id

_speaks_for(identity, type) if {
	some pattern in identity.types
	text.matches(pattern, type)
}

# An identity means something only within the trust that vouches for it, and only with who issued it.
_is(identity, signer) if {
	identity.trust == signer.trust.name
	identity.scope == signer.trust.scope
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
