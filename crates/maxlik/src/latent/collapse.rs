//! What becomes of a start from which a component collapses.

/// What is done where a component collapses on a few rows: its likelihood rises without end there, and there is no maximum to report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Collapse {
    /// The start is given up for another one; an error where all starts collapse. The default.
    #[default]
    Restart,
    /// The component is left out, and the others are fitted without it; a note names it.
    Drop,
    /// A prior bounds the likelihood: the fit is a maximum a posteriori and says so, with the prior.
    Penalise,
    /// An error that names the component and its rows.
    Error,
}
