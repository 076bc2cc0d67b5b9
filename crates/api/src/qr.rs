//! Addresses as pictures for cameras.

use qrcodegen::{QrCode, QrCodeEcc};
use serde::Serialize;
use utoipa::ToSchema;

/// A picture of squares, to be drawn by whoever shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Picture {
    /// Its width and height, in squares, without the white margin of four that cameras need.
    pub size: u32,
    /// The dark squares as a path of SVG.
    pub path: String,
}

/// Draws a text as a QR code; [`None`] when it is too long for one.
pub(crate) fn picture(text: &str) -> Option<Picture> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let mut runs = Vec::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let run = (x..size).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run).ok()?;
            if run > 0 {
                runs.push(format!("M{x} {y}h{run}v1h-{run}z"));
            }
            x += run.max(1);
        }
    }
    let size = u32::try_from(size).ok()?;
    Some(Picture {
        size,
        path: runs.concat(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_picture_begins_with_the_mark_in_its_corner() {
        let picture = picture("otpauth://totp/x?secret=y").unwrap();
        // The finder pattern: a ring of seven squares around three times three.
        assert!(picture.path.starts_with("M0 0h7v1h-7z"));
        assert!(picture.path.contains("M0 1h1v1h-1zM6 1h1v1h-1z"));
        assert!(picture.path.contains("M0 2h1v1h-1zM2 2h3v1h-3zM6 2h1v1h-1z"));
        assert!(picture.size >= 21);
    }
}
