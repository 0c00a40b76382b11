"""A unit needs no more than what it cannot be read without: the header of its columns, the service that it is of."""

import pytest
from structured import assert_structure

from ragzip.text.structure.readers import structure_of

BUDGET = """\
CITY BUDGET 2025                       (all figures in million EUR)

Office       Item           Plan   Spent
-----------  ------------  -----  ------
Parks        Wages          12.0    11.4
             Machines        3.1     2.8
             Subtotal       15.1    14.2
Libraries    Wages           8.2     8.3
             Books           1.4     0.9
             Subtotal        9.6     9.2
"""
CREW = """\
Crew list of the week

Ship        Watch       Name         Hours
Aurora      First       Lind            44
            Second      Okoye           40
                        Brandt          12
Boreas      First       Sousa           48
                        Ekman           20
            Second      Weiss           36
"""
METERS = """\
Customer;Harbour Mill Ltd
Contract no.;88-1203
Address;Quay 4, Hull

Month;Day tariff;Night tariff;Sum
2024-01;412;120;532
2024-02;398;131;529
2024-03;377;118;495
"""
RATES = """\
Rates,2022,2023
Region,Low,High
North,12,14
South,11,15
West,10,12
"""
PUMPS = """\
                  Model 20         Model 40         Model 60
Tank              20 l / 5 gal     40 l / 10 gal    60 l / 15 gal
Flow              300 l/h          450 l/h          700 l/h
Noise             52 dB            55 dB            61 dB
Weight            9.1 kg           12.4 kg          15.0 kg
"""
TERMS = """\
                  30 days          60 days
Region            low  high        low  high
North             12.1 13.4        14.0 15.2
South             11.0 12.9        13.3 14.8
"""
NODE = """\
Name:       node-3
Roles:      <none>
Taints:     <none>
Unschedulable: false
Conditions:
  Type            Status  Reason                Message
  ----            ------  ------                -------
  MemoryPressure  False   KubeletHasMemory      kubelet has sufficient memory available
  DiskPressure    True    KubeletHasDiskPress   kubelet has disk pressure
  PIDPressure     False   KubeletHasPID         kubelet has sufficient PID available
  Ready           False   KubeletNotReady       container runtime network is not ready
Events:
  Kind     Age   Text
  ----     ---   ----
  Normal   9m    node was drained by hand
  Warning  3m    eviction manager: must reclaim storage, nothing is left to delete on the disk of images
  Warning  2m    eviction manager: pods were deleted to reclaim storage, of which there was too little
  Warning  1m    image garbage collection failed: 912 bytes were to be freed, but only 40 were freed in the end
  Normal   5s    the node was put back by hand
Addresses:
  InternalIP:  10.0.0.3
  Hostname:    node-3
"""
SERVICES = """\
● nginx.service - web server
     Loaded: loaded (/lib/systemd/system/nginx.service; enabled)
     Active: failed (Result: exit-code) since Mon 2025-01-06 04:00:01 UTC
   Main PID: 912 (code=exited, status=1/FAILURE)

Jan 06 04:00:01 web2 nginx[912]: bind() to 0.0.0.0:443 failed (98: Address already in use)
Jan 06 04:00:01 web2 systemd[1]: Failed to start web server.

○ caddy.service - another web server
     Loaded: loaded (/lib/systemd/system/caddy.service; disabled)
     Active: inactive (dead) since Sun 2025-01-05 22:10:44 UTC

Jan 05 22:10:44 web2 caddy[555]: shutdown complete
"""


def needs_of(source, words, name="0"):
    structure = structure_of(source, "text/plain", name)
    assert_structure(structure, source)
    (unit,) = [unit for unit in structure.units if words in " ".join(source[slice(*unit.span)].split())]
    return [source[slice(*structure.units[place].span)].splitlines()[0].strip() for place in unit.relation.needs]


@pytest.mark.parametrize(
    ("source", "words", "needed"),
    [
        (BUDGET, "Books 1.4", ["CITY BUDGET", "Office", "Libraries"]),
        (BUDGET, "Subtotal 15.1", ["CITY BUDGET", "Office", "Parks"]),
        (CREW, "Okoye 40", ["Ship", "Aurora"]),
        (CREW, "Brandt 12", ["Ship", "Aurora", "Second"]),
        (PUMPS, "Noise 52 dB", ["Model 20"]),
        (PUMPS, "Tank 20 l", ["Model 20"]),
        (NODE, "DiskPressure True", ["Conditions:", "Type"]),
        (NODE, "must reclaim storage", ["Events:", "Kind"]),
        (NODE, "Unschedulable: false", []),
        (NODE, "Taints: <none>", []),
        (SERVICES, "Active: failed", ["● nginx.service"]),
        (SERVICES, "Address already in use", ["● nginx.service"]),
        (SERVICES, "shutdown complete", ["○ caddy.service"]),
    ],
)
def test_a_unit_needs_what_it_is_read_with_and_no_more(source, words, needed):
    needs = needs_of(source, words)
    assert len(needs) == len(needed), needs
    assert all(need.startswith(start) for need, start in zip(needs, needed, strict=True))


@pytest.mark.parametrize(
    ("source", "words", "needed"),
    [
        (METERS, "2024-02;398", ["Month;Day tariff;Night tariff;Sum"]),
        (METERS, "Contract no.;88-1203", []),
        (METERS.replace(", Hull", "").replace(";", ","), "2024-03,377", ["Month,Day tariff,Night tariff,Sum"]),
        (RATES, "South,11,15", ["Rates,2022,2023"]),
    ],
)
def test_rows_need_no_names_with_values_above_their_header(source, words, needed):
    assert needs_of(source, words, "readings.csv") == needed


def test_figures_below_names_are_no_names():
    assert needs_of(PUMPS, "Weight 9.1 kg") == ["Model 20         Model 40         Model 60"]
    assert "Region" in TERMS and len(needs_of(TERMS, "South 11.0")) == 1


def test_the_lines_of_a_service_are_read_with_its_name():
    units = structure_of(SERVICES, "text/plain", "0").units
    (dead,) = [unit for unit in units if "inactive" in SERVICES[slice(*unit.span)]]
    assert dead.reading.startswith("○ caddy.service - another web server: Active")
