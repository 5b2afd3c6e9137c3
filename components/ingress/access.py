"""What Traefik may read of the cluster: what its routes are made of, as its publisher lists it, and nothing else."""

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding, PolicyRuleArgs, RoleRefArgs, SubjectArgs

from components.ingress.configuration import NAME, NAMESPACE

READ = ["get", "list", "watch"]
ROUTES = (
    *("ingressroutes", "ingressroutetcps", "ingressrouteudps", "middlewares", "middlewaretcps"),
    *("serverstransports", "serverstransporttcps", "tlsoptions", "tlsstores", "traefikservices"),
)
RULES = (
    # Secrets: a user's own routes may name certificates and passwords in any namespace.
    PolicyRuleArgs(api_groups=[""], resources=["services", "secrets", "configmaps"], verbs=READ),
    PolicyRuleArgs(api_groups=["discovery.k8s.io"], resources=["endpointslices"], verbs=READ),
    PolicyRuleArgs(api_groups=["traefik.io"], resources=list(ROUTES), verbs=READ),
)


def allow_reading(name: str, opts: pulumi.ResourceOptions) -> ServiceAccount:
    """The account that Traefik's pods run as, with the cluster role that lets it read."""
    metadata = ObjectMetaArgs(name=NAME, namespace=NAMESPACE)
    account = ServiceAccount(name, metadata=metadata, automount_service_account_token=False, opts=opts)
    role = ClusterRole(name, metadata=ObjectMetaArgs(name=NAME), rules=list(RULES), opts=opts)
    ClusterRoleBinding(
        name,
        metadata=ObjectMetaArgs(name=NAME),
        role_ref=RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=role.metadata.name),
        subjects=[SubjectArgs(kind="ServiceAccount", name=account.metadata.name, namespace=NAMESPACE)],
        opts=opts,
    )
    return account
