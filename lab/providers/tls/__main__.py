"""The executable pulumi-resource-tls."""

from lab.providers.server import EngineLog, serve
from lab.providers.stand_in import StandIn
from lab.providers.tls.certificates import CertRequest, LocallySignedCert, SelfSignedCert
from lab.providers.tls.private_key import PrivateKey, get_public_key


class TlsProvider(StandIn):
    """All resource types of the published plugin."""

    def __init__(self, log: EngineLog) -> None:
        functions = {"tls:index/getPublicKey:getPublicKey": get_public_key}
        super().__init__([PrivateKey(), SelfSignedCert(), CertRequest(), LocallySignedCert()], functions)


if __name__ == "__main__":
    serve("tls", TlsProvider)
