"""What people call the services that Bleemeo finds, which it gives in lower case."""

from typing import Final

# of those that Bleemeo's agent knows (glouton, discovery/common.go)
_NAMES: Final = {
    name.casefold(): name
    for name in (
        "Apache",
        "Asterisk",
        "Bitbucket",
        "Cassandra",
        "Confluence",
        "Dovecot",
        "ejabberd",
        "Elasticsearch",
        "Exim",
        "Fail2ban",
        "FreeRADIUS",
        "HAProxy",
        "InfluxDB",
        "Jenkins",
        "Jira",
        "Kafka",
        "libvirt",
        "Memcached",
        "MongoDB",
        "Mosquitto",
        "MySQL",
        "NATS",
        "NFS",
        "nginx",
        "NTP",
        "OpenLDAP",
        "OpenVPN",
        "Postfix",
        "PostgreSQL",
        "RabbitMQ",
        "Redis",
        "Squid",
        "uWSGI",
        "Valkey",
        "Varnish",
        "ZooKeeper",
    )
} | {"bind": "BIND", "phpfpm": "PHP-FPM", "salt_master": "Salt", "upsd": "NUT"}


def service_name(label: str) -> str:
    """Return what people call a service; one that a person named is called that."""
    return _NAMES.get(label.casefold(), label)
