"""The light in the picture of one camera: what its drawings share is computed once."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.picture import ClipEvidence
from studiocheck.core.studio import CameraRole, Region
from studiocheck.measure.light.lamp_alignment import aligned
from studiocheck.measure.light.lamp_bases import mixture_bases
from studiocheck.measure.light.lamps_tonight import LightTonight, light_tonight
from studiocheck.measure.light.penumbra import Shadow, cast_shadows, shadow_planes
from studiocheck.measure.picture.face import face_region, subject_region
from studiocheck.report.pictures.glare_shadow import glare_shadow, looked_for_glare
from studiocheck.report.pictures.lamps import lamp_split
from studiocheck.report.pictures.light_stops import light_stops


class LightOfOne:
    """Draws the light of one camera; nothing is computed before it is drawn.

    Parameters
    ----------
    clip : ClipEvidence
        Of the camera, with at least one still.
    camera : CameraRole
        What the studio file says of it.
    lamps : LampsEvidence, optional
        The light of every lamp alone in its picture.
    """

    def __init__(
        self, clip: ClipEvidence, camera: CameraRole, lamps: LampsEvidence | None = None
    ) -> None:
        self._stills = [still.image for still in clip.stills]
        self._controls, self._camera, self._lamps = clip.controls, camera, lamps

    @cached_property
    def _tonight(self) -> LightTonight | None:
        """The light taken apart; None without a calibration that can be used."""
        if self._lamps is None:
            return None
        try:
            return light_tonight(self._stills, self._lamps, self._controls)
        except Unmeasurable:
            return None

    @cached_property
    def _face(self) -> Region | None:
        found = face_region(self._stills, self._camera)
        return None if found is None else found.region

    @cached_property
    def _subject(self) -> Region | None:
        found = subject_region(self._stills, self._camera)
        return None if found is None else found.region

    def split(self, lamps: LampsEvidence) -> bytes:
        """Draw the frame split into its lamps."""
        image = self._stills[-1]
        if self._tonight is not None and _has_moved(self._tonight, lamps):
            lamps = aligned(lamps, image).calibrated
        return lamp_split(image, lamps, self._tonight)

    def stops(self) -> bytes:
        """Draw the picture in stops against the subject."""
        curve = None if self._lamps is None else self._lamps.linear
        camera = replace(self._camera, subject=self._subject)
        return light_stops(self._stills[-1], camera, curve, self._face)

    def faults(self) -> bytes:
        """Draw glare and the hardest shadow."""
        camera = self._camera
        regions = [region for region in (self._face, camera.product) if region is not None]
        if not regions and camera.subject is not None:
            regions = [camera.subject]
        looked = looked_for_glare(self._stills, regions, camera.ignore, self._face)
        return glare_shadow(self._stills[-1], looked, self._shadows())

    def _shadows(self) -> tuple[Shadow, ...]:
        if self._lamps is None or self._tonight is None:
            return ()
        declared = (self._camera.subject, self._camera.face)
        bodies = [region for region in declared if region is not None]
        try:
            return cast_shadows(shadow_planes(self._lamps, self._tonight, bodies))
        except Unmeasurable:
            return ()


def _has_moved(tonight: LightTonight, lamps: LampsEvidence) -> bool:
    """Whether the picture was taken apart into light that had to be laid on it first."""
    count = len(lamps.lamps)
    return not np.array_equal(tonight.bases, mixture_bases(lamps.bases, lamps.ambient)[:count])
