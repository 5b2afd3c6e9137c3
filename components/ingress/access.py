"""Traefik's rights in the cluster: it may read the resources that its documentation lists, and nothing else."""

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
    # Secrets: routes of users may refer to certificates and passwords in any namespace.
    PolicyRuleArgs(api_groups=[""], resources=["services", "secrets", "configmaps"], verbs=READ),
    PolicyRuleArgs(api_groups=["discovery.k8s.io"], resources=["endpointslices"], verbs=READ),
    PolicyRuleArgs(api_groups=["traefik.io"], resources=list(ROUTES), verbs=READ),
)


def allow_reading(name: str, opts: pulumi.ResourceOptions) -> ServiceAccount:
    """The service account of Traefik's pods, with its cluster role."""
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
