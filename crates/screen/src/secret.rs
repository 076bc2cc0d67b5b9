//! Which questions ask for a secret.

/// Parts of words that mark a question for a secret, in small letters.
const PARTS: [&str; 74] = [
    // English, and what programs print whatever the language
    "passw",
    "passphrase",
    "pass phrase",
    "passcode",
    "pass code",
    "pass key",
    "passkey",
    "secret",
    "credential",
    "one-time",
    "one time",
    "verification",
    "authenticator",
    "two-factor",
    "2-factor",
    "second factor",
    "private key",
    "access key",
    "encryption key",
    "recovery key",
    "security code",
    "cryptogram",
    "unlock",
    "doas (",
    "[sudo]",
    "login code",
    // German, Dutch, Nordic languages
    "kennwort",
    "geheim",
    "wachtwoord",
    "lösenord",
    "losenord",
    "adgangskode",
    "kodeord",
    "passord",
    "lykilorð",
    "salasana",
    "tunnusluku",
    // Romance languages
    "mot de passe",
    "mots de passe",
    "phrase de passe",
    "contraseña",
    "contrasena",
    "contrasenya",
    "frase de paso",
    "senha",
    "palavra-passe",
    "palavra passe",
    "palavra-chave",
    "parola",
    "parolă",
    "frase segreta",
    // Slavic, Baltic, Hungarian, Turkish, Greek
    "hasło",
    "haslo",
    "heslo",
    "geslo",
    "lozink",
    "zaporka",
    "пароль",
    "парол",
    "лозинк",
    "slaptažod",
    "salasõna",
    "parool",
    "jelszó",
    "jelszo",
    "şifre",
    "sifre",
    "κωδικ",
    "συνθηματικ",
    "гасло",
    // Vietnamese, Indonesian
    "mật khẩu",
    "mat khau",
    "kata sandi",
    "sandi:",
];

/// The same for scripts without letter case and word gaps.
const ASIAN: [&str; 30] = [
    "密码",
    "密碼",
    "口令",
    "令牌",
    "验证码",
    "驗證碼",
    "通行码",
    "通行碼",
    "暗号",
    "暗證",
    "パスワード",
    "パスフレーズ",
    "パスコード",
    "暗証",
    "認証コード",
    "確認コード",
    "ワンタイム",
    "비밀번호",
    "암호",
    "인증번호",
    "인증 코드",
    "كلمة المرور",
    "كلمة السر",
    "رمز",
    "گذرواژه",
    "סיסמ",
    "पासवर्ड",
    "কূটশব্দ",
    "รหัส",
    "கடவுச்சொல்",
];

/// Words that mark it only where they stand alone: "pin", not "pinging".
const WORDS: [&str; 12] = [
    "pin",
    "puk",
    "otp",
    "totp",
    "hotp",
    "mfa",
    "2fa",
    "tan",
    "cvv",
    "cvc",
    "psk",
    "tokencode",
];

/// Words that are also names of folders and commands: they mark it if the line goes on like a question.
const ASKED: [&str; 11] = [
    "token", "code", "key", "pass", "passe", "pwd", "clave", "chave", "clau", "clé", "phrase",
];

/// What a question ends with. The answer may already stand behind it.
const ENDS: [char; 8] = [':', '?', '>', ')', ']', '=', '：', '？'];

/// Whether a line of the screen looks like a question for a password, PIN, code or another secret.
///
/// Errs on the side of yes: the price of a wrong yes is that harmless keys stay masked.
pub(crate) fn asks_for_secret(line: &str) -> bool {
    let line = line.to_lowercase();
    if PARTS.iter().chain(&ASIAN).any(|part| line.contains(part)) {
        return true;
    }
    let mut rest = line.as_str();
    while let Some(start) = rest.find(char::is_alphanumeric) {
        rest = rest.get(start..).unwrap_or_default();
        let (word, after) = rest.split_at(rest.find(|ch: char| !ch.is_alphanumeric()).unwrap_or(rest.len()));
        if WORDS.contains(&word) || (ASKED.contains(&word) && after.contains(ENDS)) {
            return true;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_for_secrets_are_known_in_many_languages() {
        for line in [
            "Password: ",
            "[sudo] password for alice: ",
            "alice@host's password:",
            "Enter passphrase for key '/home/a/.ssh/id_ed25519': ",
            "Enter PIN for 'YubiKey': ",
            "(current) UNIX password: ",
            "Verification code: ",
            "Enter your OTP> ",
            "API key:",
            "Passwort:",
            "Kennwort für root: ",
            "Mot de passe : ",
            "[sudo] Mot de passe de alice : ",
            "Contraseña: ",
            "Senha: ",
            "Hasło: ",
            "Heslo: ",
            "Пароль: ",
            "ПАРОЛЬ ",
            "请输入密码:",
            "パスワード:",
            "비밀번호: ",
            "Κωδικός: ",
            "Wachtwoord:",
            "Lösenord: ",
            "Şifre: ",
            "PASSWORD?",
        ] {
            assert!(asks_for_secret(line), "{line}");
        }
    }

    #[test]
    fn prompts_of_shells_are_not() {
        for line in [
            "alice@host:~$ ",
            "root@pinging:/# ",
            "C:\\Users\\tanja> ",
            "mysql> ",
            "~/monkey ❯ ",
            "login: ",
            "$ ls encoded",
            "me@host:~/code$ ls",
            "$ pwd",
        ] {
            assert!(!asks_for_secret(line), "{line}");
        }
    }
}
