"""The short names of Azure's public regions. The stand-in refuses any other, like Azure."""

import re

REGION = re.compile(
    r"australia(central|east|southeast)|austriaeast|belgiumcentral|brazilsouth|canada(central|east)|centralindia"
    r"|chilecentral|(east|southeast)asia|(central|east|northcentral|southcentral|west|westcentral)us|eastus2"
    r"|westus[23]|francecentral|germanywestcentral|indonesiacentral|israelcentral|italynorth|japan(east|west)"
    r"|korea(central|south)|malaysiawest|mexicocentral|newzealandnorth|(north|west)europe|norwayeast|polandcentral"
    r"|qatarcentral|southafricanorth|(south|west)india|spaincentral|swedencentral|switzerlandnorth|uaenorth"
    r"|uk(south|west)"
)
