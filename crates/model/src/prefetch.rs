//! Reading ahead.

/// Asks for numbers that are read from memory soon, while something else is computed. Processors see by themselves what is read in order, but
/// not beyond a page, nor what follows a pause. Within a cross-product this is worth a tenth of a whole fit (10^6 rows of 20 columns).
#[inline(always)]
pub(crate) fn prefetch(numbers: &[f64]) {
    #[cfg(target_arch = "x86_64")]
    for line in numbers.chunks(8) {
        ask_for(line.as_ptr().cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = numbers;
}

/// The same for rows of any kind: those of 88 bytes take 7 to 12 ns in place of 18. (By this loop for both, fits of 20 columns are 8 % slower.)
#[inline(always)]
pub(crate) fn prefetch_rows<Row>(rows: &[Row]) {
    #[cfg(target_arch = "x86_64")]
    for byte in (0..size_of_val(rows)).step_by(64) {
        ask_for(rows.as_ptr().cast::<i8>().wrapping_add(byte));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = rows;
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn ask_for(line: *const i8) {
    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
    // SAFETY: nothing is accessed, be the address valid or not.
    #[allow(unsafe_code, reason = "there is no other way to ask")]
    unsafe {
        _mm_prefetch::<_MM_HINT_T1>(line);
    }
}
