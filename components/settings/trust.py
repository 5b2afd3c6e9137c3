"""Settings of trust: whom hosts believe besides the authorities that their image came with."""

from typing import Annotated

from pydantic import AfterValidator

from components.settings.part import Part


def authority(text: str) -> str:
    """One or more certificates of authorities in PEM, and nothing that is a secret."""
    from cryptography import x509  # costs 0.2 s, and most stacks have no such certificate

    if "PRIVATE KEY" in text:
        raise ValueError("has a private key in it. Put the certificate only, and take the key for known to others.")
    try:
        certificates = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise ValueError("is not a certificate in PEM. Paste it whole, from BEGIN to END CERTIFICATE.") from None
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
    """For servers inside a company, or a Headscale server with a certificate of its own authority."""

    certificates: tuple[Annotated[str, AfterValidator(authority)], ...] = ()
    """Certificates of authorities in PEM. Hosts learn them when they are created."""
