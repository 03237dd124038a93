//! Reports: filed once, and never changed by who files them.

use events::AccountId;
use events::report::{Event, Filed};

/// Why a report isn't filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody reports themselves, nor what they made.
    #[error("the caller reports themselves")]
    Yourself,
}

/// Files a report about somebody, or about what `owner` made; the one who files it may see it.
pub fn file(report: Filed, owner: AccountId) -> Result<Event, Refusal> {
    if owner == report.by {
        Err(Refusal::Yourself)
    } else {
        Ok(Event::Filed(report))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::report::{Note, Reason, Subject};
    use events::{Personal, PostId, ReportId};
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn nobody_reports_their_own() {
        let [ann, ben] = [1, 2].map(|n| AccountId::from(Uuid::from_u128(n)));
        let filed = Filed {
            report: ReportId::from(Uuid::from_u128(9)),
            by: ann,
            subject: Subject::Post(PostId::from(Uuid::from_u128(7))),
            reason: Reason::Spam,
            personal: Personal::Known(Note { note: String::new() }),
        };
        assert_eq!(file(filed.clone(), ann), Err(Refusal::Yourself));
        assert_eq!(file(filed.clone(), ben), Ok(Event::Filed(filed)));
    }

    proptest! {
        /// A report is filed as it is, unless it is about what its author made.
        #[test]
        fn reports(by in 0..4_u128, owner in 0..4_u128, sent in any::<u64>(), note in ".{0,40}") {
            let [by, owner] = [by, owner].map(|n| AccountId::from(Uuid::from_u128(n)));
            let filed = Filed {
                report: ReportId::from(Uuid::from_u128(9)),
                by,
                subject: Subject::Message { from: owner, sent },
                reason: Reason::Other,
                personal: Personal::Known(Note { note }),
            };
            let expected = if by == owner { Err(Refusal::Yourself) } else { Ok(Event::Filed(filed.clone())) };
            prop_assert_eq!(file(filed, owner), expected);
        }
    }
}
