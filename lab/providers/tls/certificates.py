"""tls.SelfSignedCert, tls.CertRequest and tls.LocallySignedCert."""

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from lab.providers.stand_in import ResourceType, Values
from lab.providers.tls.certificate import Certificate, begin, digest_for, finished, name_of, other_names
from lab.providers.tls.keys import PublicKey, algorithm_of, read_key


class SelfSignedCert(Certificate):
    """A certificate that is signed with its own key."""

    published_as = "tls:index/selfSignedCert:SelfSignedCert"
    secret = frozenset({"privateKeyPem"})

    def defaults(self, inputs: Values) -> Values:
        return super().defaults(inputs) | {"setAuthorityKeyId": False}

    def create(self, inputs: Values) -> tuple[str, Values]:
        key = read_key(inputs.get("privateKeyPem") or "", "privateKeyPem")
        name = name_of(inputs.get("subject") or {})
        builder = begin(inputs, key.public_key(), name, name)
        if names := other_names(inputs):
            builder = builder.add_extension(names, critical=False)
        if inputs.get("setAuthorityKeyId"):
            if not (inputs.get("isCaCertificate") or inputs.get("setSubjectKeyId")):
                raise RuntimeError("setAuthorityKeyId: the certificate has no key identifier; set setSubjectKeyId, too")
            own = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
            builder = builder.add_extension(own, critical=False)
        certificate = builder.sign(key, digest_for(key))
        return finished(certificate, inputs | {"keyAlgorithm": algorithm_of(key)})


class CertRequest(ResourceType):
    """A certificate signing request for a CA."""

    published_as = "tls:index/certRequest:CertRequest"
    secret = frozenset({"privateKeyPem"})

    def is_replaced_by(self, path: str) -> bool:
        return True

    def create(self, inputs: Values) -> tuple[str, Values]:
        key = read_key(inputs.get("privateKeyPem") or "", "privateKeyPem")
        builder = x509.CertificateSigningRequestBuilder(name_of(inputs.get("subject") or {}))
        if names := other_names(inputs):
            builder = builder.add_extension(names, critical=False)
        text = builder.sign(key, digest_for(key)).public_bytes(serialization.Encoding.PEM).decode()
        outputs = {"certRequestPem": text, "keyAlgorithm": algorithm_of(key)}
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), inputs | outputs

    def delete(self, resource_id: str, state: Values) -> None:
        """Nothing to do: the request is in the state only."""


class LocallySignedCert(Certificate):
    """A certificate for a request, signed with the given key of a CA."""

    published_as = "tls:index/locallySignedCert:LocallySignedCert"
    secret = frozenset({"caPrivateKeyPem"})

    def create(self, inputs: Values) -> tuple[str, Values]:
        key = read_key(inputs.get("caPrivateKeyPem") or "", "caPrivateKeyPem")
        try:
            authority = x509.load_pem_x509_certificate(inputs["caCertPem"].encode())
            request = x509.load_pem_x509_csr(inputs["certRequestPem"].encode())
        except ValueError as error:
            raise RuntimeError("caCertPem or certRequestPem can't be read: both must be PEM texts") from error
        if authority.public_key() != key.public_key():
            raise RuntimeError("caPrivateKeyPem: it is not the key of caCertPem")
        public_key = request.public_key()
        if not isinstance(public_key, PublicKey):
            raise RuntimeError("certRequestPem: a request for a key of an algorithm that is not supported")
        builder = begin(inputs, public_key, request.subject, authority.subject)
        for extension in request.extensions:
            if isinstance(extension.value, x509.SubjectAlternativeName):
                builder = builder.add_extension(extension.value, extension.critical)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        certificate = builder.add_extension(issuer, critical=False).sign(key, digest_for(key))
        return finished(certificate, inputs | {"caKeyAlgorithm": algorithm_of(key)})
