//! How much memory a fit takes at its peak, as the kernel counts it.
use std::fs;

/// Resident memory when the count began.
pub(crate) struct Watch {
    before: Option<u64>,
}

impl Watch {
    /// Begins to count: the kernel's peak is set back to what is resident now.
    pub(crate) fn start() -> Self {
        let reset = fs::write("/proc/self/clear_refs", "5").is_ok();
        Self { before: kibibytes("VmRSS:").filter(|_| reset) }
    }

    /// The most that was resident since, above what there was, in MiB; none where there is no such count.
    pub(crate) fn peak(&self) -> Option<f64> {
        Some((kibibytes("VmHWM:")?.saturating_sub(self.before?)) as f64 / 1024.0)
    }
}

fn kibibytes(field: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
