"""All that can be asked of the window: name, words, keys, icon. For menus, bar and legend."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """One thing to do.

    Attributes
    ----------
    name : str
        What the window calls it.
    menu : str
        Where it stands, and its group in the legend.
    text : str
        In menus; ``&`` stands before the letter to press.
    keys : tuple of str
    icon : str
        A drawing of ``sttm.gui.icons``, or "".
    short : str
        On the tool bar; "" where it is not there.
    checkable : bool
    """

    name: str
    menu: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    short: str = ""
    checkable: bool = False

    @property
    def words(self) -> str:
        """The text without marks."""
        return self.text.replace("&", "").rstrip("…")


ACTIONS = (
    Action("open files", "File", "&Open images or videos…", ("Ctrl+O",), "video", "Open"),
    Action("open folder", "File", "Open a &folder…", ("Ctrl+Shift+O",), "folder", "Folder"),
    Action("open stills", "File", "Open a folder of single &pictures…"),
    Action("camera", "File", "Start the &camera", ("Ctrl+K",), "camera", "Camera"),
    Action("stop", "File", "&Stop", ("Ctrl+.",), "stop", "Stop"),
    Action(
        "screenshot", "File", "Save a sc&reenshot…", ("Ctrl+Shift+S",), "screenshot", "Screenshot"
    ),
    Action("save table", "File", "Save &results as a table…", ("Ctrl+S",), "table", "Results"),
    Action("save video", "File", "Save an annotated &video…", ("Ctrl+E",), "film", "Annotated"),
    Action("label", "File", "Open in the &labelling window", ("Ctrl+L",), "tag", "Label"),
    Action("close", "File", "&Close what is open", ("Ctrl+W",)),
    Action("quit", "File", "&Quit", ("Ctrl+Q",)),
    Action("play", "Play", "&Play or pause", ("Space",)),
    Action("step back", "Play", "One frame &back", ("Left",)),
    Action("step on", "Play", "One frame &on", ("Right",)),
    Action("ten back", "Play", "10 frames back", ("Shift+Left",)),
    Action("ten on", "Play", "10 frames on", ("Shift+Right",)),
    Action("first", "Play", "To the &first frame", ("Home",)),
    Action("last", "Play", "To the &last frame", ("End",)),
    Action("slower", "Play", "&Slower", ("-",)),
    Action("faster", "Play", "F&aster", ("+", "=")),
    Action("next source", "Play", "&Next input", ("PgDown",)),
    Action("previous source", "Play", "Pre&vious input", ("PgUp",)),
    Action("layer box", "View", "&Boxes and labels", ("B",), checkable=True),
    Action("layer crop", "View", "&Crop that the model sees", ("C",), checkable=True),
    Action("layer landmarks", "View", "&Landmarks", ("L",), checkable=True),
    Action("layer map", "View", "Texture &map (STTM)", ("M",), checkable=True),
    Action("zoom", "View", "&Fit, face, actual size", ("Z",)),
    Action("larger text", "View", "La&rger text", ("Ctrl++", "Ctrl+=")),
    Action("smaller text", "View", "&Smaller text", ("Ctrl+-",)),
    Action("usual text", "View", "Text as &usual", ("Ctrl+0",)),
    Action("theme", "View", "Light or &dark", ("Ctrl+T",)),
    Action("fullscreen", "View", "F&ull screen", ("F11",)),
    Action("open model", "Model", "&Open a model…", ("Ctrl+M",)),
    Action("look again", "Model", "Look for models &again", ("F5",)),
    Action("card", "Model", "Model &card", ("Ctrl+I",)),
    Action("all faces", "Model", "&All faces, not only the largest", ("A",), checkable=True),
    Action("next face", "Model", "&Next face", ("N",)),
    Action("legend", "Help", "&Keys", ("F1", "?"), "keys", "Keys"),
)
BY_NAME = {action.name: action for action in ACTIONS}
MENUS = ("File", "Play", "View", "Model", "Help")
BREAKS = {
    "screenshot",
    "label",
    "close",
    "zoom",
    "larger text",
    "fullscreen",
    "all faces",
    "slower",
}


def legend_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the keys for the legend: groups of (keys, what they do)."""
    out = []
    for menu in MENUS:
        rows = [
            (" or ".join(a.keys), a.words[0].lower() + a.words[1:])
            for a in ACTIONS
            if a.menu == menu and a.keys
        ]
        out.append((menu, rows))
    return out
