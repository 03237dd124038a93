//! The service's own metrics, besides those of HTTP.

/// Commands decided anew because somebody else changed their aggregate.
pub(crate) const CONFLICTS: &str = "command_conflicts_total";
/// How long a password waited for a thread.
pub(crate) const PASSWORD_WAIT: &str = "password_wait_seconds";
/// Passwords turned away because too many waited.
pub(crate) const PASSWORDS_REFUSED: &str = "passwords_refused_total";
/// Commands of the chat gateways, by name and whether they were carried out.
pub(crate) const GATEWAY_COMMANDS: &str = "gateway_commands_total";

/// Mails, by what became of them.
pub(crate) const MAILS: &str = "mails_total";

/// Attempts turned away because there were too many, by kind.
pub(crate) const LIMITED: &str = "attempts_limited_total";

/// Erasures of people, by what became of each try.
pub(crate) const ERASURES: &str = "erasures_total";

/// Tells what each metric is; once, before it is first used.
pub(crate) fn describe() {
    metrics::describe_counter!(
        CONFLICTS,
        "Commands decided anew because somebody else was faster, by aggregate."
    );
    metrics::describe_histogram!(
        PASSWORD_WAIT,
        metrics::Unit::Seconds,
        "How long a password waited to be hashed."
    );
    metrics::describe_counter!(
        PASSWORDS_REFUSED,
        "Passwords turned away because the queue was full."
    );
    metrics::describe_counter!(
        LIMITED,
        "Attempts turned away because there were too many, by kind."
    );
    metrics::describe_counter!(ERASURES, "Tries to complete the erasure of a person, by outcome.");
    metrics::describe_counter!(MAILS, "Mails, by what became of them.");
    metrics::describe_counter!(
        GATEWAY_COMMANDS,
        "Commands of the chat gateways, by name and outcome."
    );
}
