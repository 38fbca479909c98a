"""Regionwise: a QGIS Processing plugin for deep-learning maps that know where they are."""


def classFactory(iface):
    """Return the plugin object; called by QGIS when the plugin is enabled."""
    from .plugin import RegionwisePlugin

    return RegionwisePlugin(iface)
