"""Settings of trust: authorities that hosts trust in addition to those of their image."""

from typing import Annotated

from pydantic import AfterValidator

from components.settings.part import Part


def authority(text: str) -> str:
    """One or more certificates of authorities in PEM, without private keys."""
    from cryptography import x509  # imported here: it takes 0.2 s, and most stacks need no such certificate

    if "PRIVATE KEY" in text:
        raise ValueError("contains a private key. Give only the certificate, and treat the key as compromised.")
    try:
        certificates = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise ValueError("is not a certificate in PEM. Paste all of it, from BEGIN to END CERTIFICATE.") from None
    for certificate in certificates:
        try:
            can_sign = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except x509.ExtensionNotFound:
            can_sign = False
        if not can_sign:
            name = certificate.subject.rfc4514_string()
            raise ValueError(f"{name} is not an authority's certificate. Give the one that signed it.")
    return text.strip() + "\n"


class Trust(Part):
    """Own authorities, for servers inside a company or your own control server of the tailnet."""

    certificates: tuple[Annotated[str, AfterValidator(authority)], ...] = ()
    """Certificates of authorities in PEM. A host gets them when it is created."""
