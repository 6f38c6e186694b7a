//! Words of English that hold a sentence together and say nothing of how something fails.

/// Whether a lower-cased word is one of them.
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// Sorted.
#[rustfmt::skip]
const STOP_WORDS: &[&str] = &[
    "a", "about", "above", "after", "again", "against", "all", "almost", "also", "although", "always", "am", "among", "an", "and", "another",
    "any", "anyone", "anything", "are", "around", "as", "at", "away", "back", "be", "became", "because", "become", "becomes", "been", "before",
    "being", "below", "between", "both", "but", "by", "can", "cannot", "could", "did", "didnt", "do", "does", "doesnt", "doing", "done", "dont",
    "down", "due", "during", "each", "either", "else", "enough", "etc", "even", "ever", "every", "everything", "few", "find", "first", "for",
    "from", "full", "further", "get", "gets", "give", "go", "goes", "got", "had", "has", "hasnt", "have", "having", "he", "hence", "her", "here",
    "hers", "herself", "him", "himself", "his", "how", "however", "i", "if", "in", "indeed", "instead", "into", "is", "isnt", "it", "its",
    "itself", "just", "keep", "last", "least", "less", "like", "likely", "made", "mainly", "make", "makes", "many", "may", "maybe", "me", "mean",
    "means", "might", "mine", "more", "moreover", "most", "mostly", "much", "must", "my", "myself", "namely", "near", "neither", "never",
    "nevertheless", "next", "no", "nobody", "none", "nor", "not", "nothing", "now", "nowhere", "of", "off", "often", "on", "once", "one", "only",
    "onto", "or", "other", "others", "otherwise", "our", "ours", "ourselves", "out", "over", "own", "part", "per", "perhaps", "please", "put",
    "rather", "re", "really", "s", "said", "same", "say", "see", "seem", "seemed", "seems", "several", "she", "should", "shouldnt", "show",
    "side", "since", "so", "some", "somehow", "someone", "something", "sometimes", "somewhere", "still", "such", "t", "take", "taken", "than",
    "that", "thats", "the", "their", "theirs", "them", "themselves", "then", "thence", "there", "thereby", "therefore", "therein", "theres",
    "these", "they", "thing", "things", "this", "those", "though", "three", "through", "throughout", "thru", "thus", "to", "together", "too",
    "toward", "towards", "two", "under", "until", "up", "upon", "us", "use", "used", "uses", "using", "various", "very", "via", "was", "wasnt",
    "we", "well", "were", "werent", "what", "whatever", "when", "whenever", "where", "whereas", "whereby", "wherein", "wherever", "whether",
    "which", "while", "whither", "who", "whoever", "whole", "whom", "whose", "why", "will", "with", "within", "without", "wont", "would",
    "wouldnt", "yes", "yet", "you", "your", "yours", "yourself",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_lower_case() {
        assert!(STOP_WORDS.windows(2).all(|w| w[0] < w[1]));
        assert!(STOP_WORDS.iter().all(|w| w.chars().all(|c| c.is_ascii_lowercase())));
        assert!(is_stop_word("because") && !is_stop_word("lock"));
    }
}
