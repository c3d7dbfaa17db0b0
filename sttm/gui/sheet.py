"""The style sheet: rounded, restrained, roomy. ``theme`` fills in colours and sizes."""

from string import Template

SHEET = Template("""
QWidget { color: $ink; }
QMainWindow, QDialog, QMessageBox { background: $paper; }
QFrame[role="panel"], QWidget[role="panel"] { background: $panel; border-radius: $radius; }
QToolTip { background: $panel; color: $ink; border: 1px solid $rule; padding: $gap; }

QLabel { background: transparent; }
QLabel[role="title"] { font-size: $title; font-weight: 600; }
QLabel[role="heading"] { font-size: $large; font-weight: 600; }
QLabel[role="group"] { font-size: $small; font-weight: 600; color: $quiet; padding-top: $pad; }
QLabel[role="quiet"] { color: $quiet; }
QLabel[role="small"] { font-size: $small; color: $quiet; }
QLabel[role="warning"] { color: $orange; }
QLabel[role="mistake"] { color: $red; }
QLabel[role="success"] { color: $green; }
QLabel[role="key"] {
    font-size: $small; font-weight: 600; color: $ink; background: $paper;
    border: 1px solid $edge; border-radius: 4px; padding: 1px $gap;
}

QPushButton {
    background: $paper; border: 1px solid $edge; border-radius: $radius;
    padding: $gap $wide; min-height: 1.2em;
}
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked {
    background: $accent_ground; border-color: $accent; color: $ink;
}
QPushButton:focus { border: 2px solid $accent; }
QPushButton:disabled { color: $edge; border-color: $rule; }
QPushButton:default, QPushButton[role="main"] {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: 600;
}
QPushButton[role="main"]:disabled { background: $rule; color: $quiet; border-color: $rule; }

QToolButton {
    background: transparent; border: 1px solid transparent; border-radius: $radius;
    padding: $thin $gap;
}
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $accent_ground; border-color: $accent; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $edge; }
QToolButton::menu-indicator { image: none; width: 0; }

QLineEdit, QTextEdit, QPlainTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QAbstractSpinBox {
    background: $paper; border: 1px solid $edge; border-radius: $radius; padding: $thin $gap;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:focus, QTextEdit:focus, QPlainTextEdit:focus, QComboBox:focus, QAbstractSpinBox:focus {
    border: 2px solid $accent;
}
QComboBox { padding-right: $wide; }
QComboBox QAbstractItemView {
    background: $paper; border: 1px solid $rule; padding: $thin;
    selection-background-color: $accent_ground; selection-color: $ink;
}

QListView, QTreeView, QTableView, QListWidget, QTreeWidget, QTableWidget {
    background: $paper; border: 1px solid $rule; border-radius: $radius;
    gridline-color: $rule; alternate-background-color: $panel;
    selection-background-color: $accent_ground; selection-color: $ink;
}
QListView::item, QTreeView::item { padding: $thin $gap; }
QHeaderView::section {
    background: $panel; color: $quiet; border: none; border-bottom: 1px solid $rule;
    padding: $gap; font-size: $small; font-weight: 600;
}
QTableCornerButton::section { background: $panel; border: none; }

QMenuBar { background: $paper; border-bottom: 1px solid $rule; }
QMenuBar::item { padding: $gap $pad; border-radius: $radius; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $paper; border: 1px solid $rule; padding: $thin; }
QMenu::item { padding: $gap $wide; border-radius: $radius; }
QMenu::item:selected { background: $accent_ground; }
QMenu::item:disabled { color: $edge; }
QMenu::separator { height: 1px; background: $rule; margin: $thin $gap; }

QTabWidget::pane { border: none; border-top: 1px solid $rule; }
QTabBar::tab {
    padding: $gap $wide; color: $quiet; border: none; border-bottom: 2px solid transparent;
}
QTabBar::tab:hover { color: $ink; }
QTabBar::tab:selected { color: $ink; border-bottom-color: $accent; }

QGroupBox { border: 1px solid $rule; border-radius: $radius; margin-top: 0.7em; padding: $pad; }
QGroupBox::title { subcontrol-origin: margin; left: $pad; color: $quiet; font-size: $small; }

QProgressBar {
    background: $well; border: none; border-radius: 3px; max-height: 6px; text-align: center;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QSlider:horizontal { min-height: $grip; padding: 2px 0; }
QSlider::groove:horizontal { height: 4px; background: $rule; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
    width: $grip_inner; margin: -$grip_over 0; border-radius: $round;
    background: $paper; border: 2px solid $accent;
}

QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $edge; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 2em; }
QScrollBar::handle:horizontal { min-width: 2em; }
QScrollBar::handle:hover { background: $quiet; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
    background: transparent; width: 0; height: 0;
}

QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $rule; }
QStatusBar { background: $panel; border-top: 1px solid $rule; color: $quiet; }
QStatusBar::item { border: none; }
QCheckBox, QRadioButton { spacing: $gap; }
""")
